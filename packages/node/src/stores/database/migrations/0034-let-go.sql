-- Letters that cannot be sent again, for whoever asks how many there are.
CREATE INDEX custody_let_go ON custody (sequence) WHERE has_body = 0;
