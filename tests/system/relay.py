"""TCP relays between one node and the brokers: the network that a test can cut, and slow down.

    relays = Relays([(listen_port, broker_port), ...])
    relays.cut()              # nothing passes, no connection ends: as if the cable were out
    relays.open()             # what has waited passes
    relays.slow(0.05)         # each piece of at most 64 KiB takes so long, one after the other
    relays.close()

Units:   seconds.
Errors:  OSError where a port is taken. Whoever connects while the broker is down is hung up on.
Threads: one of its own; its functions from any.
"""

import asyncio
import threading

PIECE_BYTES = 65536


class Relays:
    """All of them in one thread."""

    def __init__(self, ports):
        self.loop = asyncio.new_event_loop()
        self.is_open = asyncio.Event()
        self.delay = 0.0
        self.passing = set()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.servers = self.run(self.listen(ports))
        self.open()

    def run(self, doing):
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result()

    async def listen(self, ports):
        return [await asyncio.start_server(
            lambda reader, writer, to=broker: self.accept(reader, writer, to), "127.0.0.1", port)
            for port, broker in ports]

    def open(self):
        self.loop.call_soon_threadsafe(self.is_open.set)

    def cut(self):
        self.loop.call_soon_threadsafe(self.is_open.clear)

    def slow(self, seconds):
        self.delay = seconds

    def close(self):
        self.run(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def end(self):
        for server in self.servers:
            server.close()
        for task in self.passing:
            task.cancel()
        await asyncio.gather(*self.passing, return_exceptions=True)

    async def accept(self, reader, writer, to):
        task = asyncio.current_task()
        self.passing.add(task)
        try:
            await self.is_open.wait()
            there, back = await asyncio.open_connection("127.0.0.1", to)
            await asyncio.gather(self.pass_on(reader, back), self.pass_on(there, writer))
        except (OSError, asyncio.CancelledError):
            writer.close()
        finally:
            self.passing.discard(task)

    async def pass_on(self, reader, writer):
        """One direction, until its end; then the other end is told."""
        try:
            while piece := await reader.read(PIECE_BYTES):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self.is_open.wait()
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()
