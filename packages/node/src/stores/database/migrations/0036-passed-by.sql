-- By which letter of ours a relay means: it names the packet that it passes on.
CREATE INDEX packet_relays_packet ON packet_relays (packet, node);
