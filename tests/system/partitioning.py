"""Which partition a key belongs to, as Kafka's Java client and Jari compute it.

Units:   none.
Errors:  none.
Threads: any.
"""


def murmur2(data):
    """As Kafka's Java client hashes a key; the partition is (this & 0x7fffffff) % count."""
    mask, multiply = 0xffffffff, 0x5bd1e995
    value = (0x9747b28c ^ len(data)) & mask
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at:at + 4], "little") * multiply & mask
        word = (word ^ word >> 24) * multiply & mask
        value = value * multiply & mask ^ word
    rest = data[whole:]
    if rest:
        value = (value ^ int.from_bytes(rest, "little")) * multiply & mask
    value = (value ^ value >> 13) * multiply & mask
    return value ^ value >> 15


def partition_of(key, partitions):
    return (murmur2(key.encode()) & 0x7fffffff) % partitions


def one_of(partition, name, partitions):
    """A name of that partition."""
    return next(text for text in (f"{name}-{n}" for n in range(1000))
                if partition_of(text, partitions) == partition)
