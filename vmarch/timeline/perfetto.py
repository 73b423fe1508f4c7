"""A timeline in the format of Perfetto's viewer: its protobuf, by the official package.

The viewer counts nanoseconds; ticks are picoseconds, so a moment is that of the last whole nanosecond, and what lasts
carries its picoseconds as a note where sums are wanted. Names are written once and then go by number.
See perfetto.dev/docs/reference/synthetic-track-event and trace_packet.proto.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from vmarch.timeline.tracks import Slice, Timeline, Track

__all__ = ["write_perfetto"]

SEQUENCE = 1  # all packets are of one sequence, whose names are numbered together
NEEDS_STATE, CLEARED = 2, 3
TICKS_PER_NS = 1000
ROOT = 1  # uuid of the track of the run


def write_perfetto(timeline: Timeline, file: BinaryIO, title: str, made: Mapping[str, Any]) -> None:
    """Writes a timeline.

    Args:
        made: what made it; a note of the slice that is the whole window.
    """
    _Writer(file).write(timeline, title, made)


class _Writer:
    def __init__(self, file: BinaryIO) -> None:
        from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

        self._proto, self._file = proto, file
        self._names: dict[tuple[str, str], int] = {}
        self._uuids = ROOT
        self._first = True

    def write(self, timeline: Timeline, title: str, made: Mapping[str, Any]) -> None:
        """Writes all."""
        self._describe(ROOT, title, 0)
        last = max((one.ended for track in timeline for one in track.slices), default=timeline.began)
        whole = Slice(timeline.began, last, 0, title, {"made": json.dumps(made)}, 0)
        self._slices(ROOT, [whole])
        places: dict[tuple[str, ...], int] = {}  # uuids of tracks that have been described
        for track in timeline:
            group = self._at(places, ROOT, track.group)
            if track.under:
                above = self._at(places, group, track.group, track.under)
                uuid = self._at(places, above, track.group, track.under, track.name)
            else:
                uuid = self._at(places, group, track.group, track.name, counts=bool(track.counts))
            self._track(uuid, track)

    def _at(self, places: dict[tuple[str, ...], int], above: int, *path: str, counts: bool = False) -> int:
        """The uuid of a track; it is described where it has not been."""
        if path not in places:
            places[path] = self._new(path[-1], above, counts=counts)
        return places[path]

    def _new(self, name: str, above: int, *, counts: bool = False) -> int:
        self._uuids += 1
        self._describe(self._uuids, name, above, counts=counts)
        return self._uuids

    def _describe(self, uuid: int, name: str, above: int, *, counts: bool = False) -> None:
        packet = self._packet()
        described = packet.track_descriptor
        described.uuid, described.name, described.sibling_order_rank = uuid, name, uuid
        described.child_ordering = self._proto.TrackDescriptor.ChildTracksOrdering.EXPLICIT
        if above:
            described.parent_uuid = above
        if counts:
            described.counter.unit_name = "number"
        self._give(packet)

    def _track(self, uuid: int, track: Track) -> None:
        self._slices(uuid, track.slices)
        for instant in track.instants:
            packet = self._event(uuid, instant.at, self._proto.TrackEvent.TYPE_INSTANT)
            self._say(packet, instant.name, instant.notes)
            self._give(packet)
        for count in track.counts:
            packet = self._event(uuid, count.at, self._proto.TrackEvent.TYPE_COUNTER)
            packet.track_event.counter_value = count.number
            self._give(packet)

    def _slices(self, uuid: int, slices: list[Slice]) -> None:
        """Begins and ends, an outer slice around its inner ones."""
        event = self._proto.TrackEvent
        for at, one in _nested(slices):
            if one is None:
                self._give(self._event(uuid, at, event.TYPE_SLICE_END))
                continue
            packet = self._event(uuid, at, event.TYPE_SLICE_BEGIN)
            self._say(packet, one.name, one.notes)
            if one.flow:
                packet.track_event.flow_ids.append(one.flow)
            self._give(packet)

    def _packet(self) -> Any:
        packet = self._proto.TracePacket()
        packet.trusted_packet_sequence_id = SEQUENCE
        packet.sequence_flags = CLEARED if self._first else NEEDS_STATE
        self._first = False
        return packet

    def _event(self, uuid: int, at: int, kind: int) -> Any:
        packet = self._packet()
        packet.timestamp = at // TICKS_PER_NS
        packet.track_event.type, packet.track_event.track_uuid = kind, uuid
        return packet

    def _say(self, packet: Any, name: str, notes: Mapping[str, str | int]) -> None:
        packet.track_event.name_iid = self._number(packet, "event_names", name)
        for key, value in notes.items():
            note = packet.track_event.debug_annotations.add()
            note.name_iid = self._number(packet, "debug_annotation_names", key)
            if isinstance(value, int):
                note.int_value = value
            else:
                note.string_value = value

    def _number(self, packet: Any, kind: str, name: str) -> int:
        """The number of a name; it is said with the packet that is the first to use it."""
        number = self._names.get((kind, name))
        if number is None:
            number = self._names[kind, name] = len(self._names) + 1
            entry = getattr(packet.interned_data, kind).add()
            entry.iid, entry.name = number, name
        return number

    def _give(self, packet: Any) -> None:
        """A packet is field 1 of a trace, with its length."""
        data = packet.SerializeToString()
        head, length = bytearray(b"\x0a"), len(data)
        while length > 0x7F:
            head.append(length & 0x7F | 0x80)
            length >>= 7
        head.append(length)
        self._file.write(bytes(head) + data)


def _nested(slices: list[Slice]) -> Iterator[tuple[int, Slice | None]]:
    """Begins, and None for ends, of slices that lie within each other or apart."""
    open_: list[Slice] = []
    for one in sorted(slices, key=lambda one: (one.began, one.depth, one.ended)):
        while open_ and open_[-1].depth >= one.depth:
            yield open_.pop().ended, None
        open_.append(one)
        yield one.began, one
    while open_:
        yield open_.pop().ended, None
