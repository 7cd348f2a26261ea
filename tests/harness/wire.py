"""
Bad roads between network interfaces, in user space: what `tc netem` does, for kernels that come without it, and one
thing more: flipped bits under a checksum that is right again, so that they reach the program.

  wire.py SEED ROAD:LEFT:RIGHT ...    forwards frames between two interfaces, road by road, until standard input ends.
                                      Each line there is {"road": NAME, ...}, which is how that road is from now on:
                                      down, delayMs, jitterMs, loss, duplicate, corrupt, forge, reorder (shares of 1),
                                      bytesPerSecond. Each is answered by a line with what was done to frames so far.
  wire.py --offload INTERFACE ...     makes the kernel finish checksums itself; frames that leave through here have none
                                      otherwise, and are cut only by the card.
  wire.py --shutdown MOUNTPOINT       what pulling the stick or the plug does to an ext4: nothing that was not flushed
                                      is written any more, and every call fails (EXT4_IOC_SHUTDOWN, no log flush).
"""
import fcntl, heapq, json, os, random, selectors, socket, struct, sys, time

ETHTOOL, SIOCETHTOOL = {"txcsum": 0x17, "tso": 0x1F, "gso": 0x24}, 0x8946
EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
QUEUE_SECONDS_MAX = 0.5


def offload_off(interface):
    import ctypes

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in ETHTOOL.values():
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), ctypes.addressof(value)) + bytes(16)
            fcntl.ioctl(control, SIOCETHTOOL, request)


def shutdown(mountpoint):
    descriptor = os.open(mountpoint, os.O_RDONLY)
    fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))


def forged(frame, chance):
    """One bit of what TCP carries, with the checksum mended (RFC 1624); None where there is nothing carried."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    tcp = 14 + (frame[14] & 15) * 4
    end = 14 + int.from_bytes(frame[16:18], "big")
    words = (end - tcp - (frame[tcp + 12] >> 4) * 4) // 2
    if words < 1:
        return None
    at = end - (end - tcp) % 2 - 2 * (1 + chance.randrange(words))
    changed = bytearray(frame)
    changed[at + chance.randrange(2)] ^= 1 << chance.randrange(8)
    was, now = int.from_bytes(frame[at : at + 2], "big"), int.from_bytes(changed[at : at + 2], "big")
    total = (~int.from_bytes(frame[tcp + 16 : tcp + 18], "big") & 0xFFFF) + (~was & 0xFFFF) + now
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    changed[tcp + 16 : tcp + 18] = (~total & 0xFFFF).to_bytes(2, "big")
    return bytes(changed)


class Road:
    def __init__(self, left, right):
        self.ends = [opened(left), opened(right)]
        self.free_at = [0.0, 0.0]
        self.state = {}
        self.done = {"frames": 0, "lost": 0, "duplicated": 0, "corrupted": 0, "forged": 0, "reordered": 0}


def opened(interface):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    end.bind((interface, 0))
    end.setblocking(False)
    return end


class Wire:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.waiting, self.number = [], 0

    def take(self, road, side, frame):
        state, done, chance = road.state, road.done, self.chance
        get = lambda name: state.get(name, 0)
        done["frames"] += 1
        now = time.monotonic()
        if get("down") or chance.random() < get("loss"):
            done["lost"] += 1
            return
        if chance.random() < get("corrupt"):
            done["corrupted"] += 1
            changed = bytearray(frame)
            changed[chance.randrange(14, len(frame))] ^= 1 << chance.randrange(8)
            frame = bytes(changed)
        elif chance.random() < get("forge"):
            changed = forged(frame, chance)
            if changed is not None:
                done["forged"] += 1
                frame = changed
        at = now
        if get("bytesPerSecond"):
            begins = max(now, road.free_at[side])
            if begins - now > QUEUE_SECONDS_MAX:
                done["lost"] += 1
                return
            at = road.free_at[side] = begins + len(frame) / state["bytesPerSecond"]
        if chance.random() < get("reorder"):
            done["reordered"] += 1
        else:
            at += (get("delayMs") + chance.random() * get("jitterMs")) / 1000
        self.later(at, road.ends[1 - side], frame)
        if chance.random() < get("duplicate"):
            done["duplicated"] += 1
            self.later(at, road.ends[1 - side], frame)

    def later(self, at, end, frame):
        self.number += 1
        heapq.heappush(self.waiting, (at, self.number, end, frame))

    def send_due(self):
        """How long until the next is due, in seconds; None when none waits."""
        while self.waiting:
            left = self.waiting[0][0] - time.monotonic()
            if left > 0:
                return left
            _, _, end, frame = heapq.heappop(self.waiting)
            try:
                end.send(frame)
            except OSError:
                pass  # Full or down: lost, as on any road.
        return None


def forward(seed, names):
    wire = Wire(int(seed))
    roads = {name: Road(left, right) for name, left, right in (part.split(":") for part in names)}
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
    for road in roads.values():
        for side, end in enumerate(road.ends):
            selector.register(end, selectors.EVENT_READ, (road, side))
    said = b""
    print("{}", flush=True)
    while True:
        for key, _ in selector.select(wire.send_due()):
            if key.data is not None:
                read_frames(wire, *key.data)
                continue
            more = os.read(key.fd, 65536)
            if not more:
                return
            *lines, said = (said + more).split(b"\n")
            for line in lines:
                order = json.loads(line)
                road = roads[order.pop("road")]
                road.state = order
                print(json.dumps(road.done), flush=True)


def read_frames(wire, road, side):
    for _ in range(64):
        try:
            frame, origin = road.ends[side].recvfrom(65536)
        except OSError:
            return
        if origin[2] != socket.PACKET_OUTGOING:
            wire.take(road, side, frame)


if sys.argv[1] == "--offload":
    for interface in sys.argv[2:]:
        offload_off(interface)
elif sys.argv[1] == "--shutdown":
    shutdown(sys.argv[2])
else:
    forward(sys.argv[1], sys.argv[2:])
