using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>Where a frame goes. Lock held.</summary>
public sealed partial class LinkSwitch
{
    // Learns who sent it, and decides by whom it is for. IEEE 802.1Q §8.6 to §8.8.
    private Way WayOf(Port from, in LinkFrame frame, Timestamp now, out DropReason verdict)
    {
        _counts = _counts with { Frames = _counts.Frames + 1 };
        verdict = DropReason.FrameTooShort;
        ReadOnlySpan<byte> octets = frame.Octets.Span;
        bool isWhole = octets.Length >= EthernetHeader.Length;
        MacAddress source = isWhole ? MacAddress.FromOctets(octets.Slice(6, 6)) : default;
        if (!isWhole || source.IsMulticast)
        {
            if (isWhole) verdict = DropReason.FrameBadSource;
            _counts = _counts with { Malformed = _counts.Malformed + 1 };
            return default;
        }

        Learn(source, from, now);
        MacAddress destination = MacAddress.FromOctets(octets[..6]);
        verdict = DropReason.None;
        if ((destination.Bits & ReservedMask) == ReservedGroups)
        {
            _counts = _counts with { Reserved = _counts.Reserved + 1 };
            return default;
        }

        Port? to = destination.IsMulticast ? null : _stations.Find(destination);
        if (to is null)
        {
            _counts = _counts with { Flooded = _counts.Flooded + 1 };
            return new Way(null, IsFlood: true);
        }

        if (to == from)
        {
            _counts = _counts with { Local = _counts.Local + 1 };
            return default;
        }

        _counts = _counts with { Forwarded = _counts.Forwarded + 1 };
        return new Way(to, IsFlood: false);
    }

    private void Learn(MacAddress source, Port from, Timestamp now)
    {
        if (from.IsClosed) return;
        switch (_stations.Hear(source, from, now))
        {
            case StationTable<Port>.Change.Learned:
                _counts = _counts with { Learned = _counts.Learned + 1 };
                break;
            case StationTable<Port>.Change.Moved:
                _counts = _counts with { Moved = _counts.Moved + 1 };
                break;
            case StationTable<Port>.Change.Refused:
                _counts = _counts with { TableFull = _counts.TableFull + 1 };
                break;
        }
    }

    private void Go(Way way, Port from, ReadOnlySpan<LinkFrame> frames)
    {
        if (way.To is not null)
        {
            Send(way.To, frames);
        }
        else if (way.IsFlood)
        {
            foreach (Port port in _ports)
                if (port != from) Send(port, frames);
        }
    }

    private void Send(Port port, ReadOnlySpan<LinkFrame> frames)
    {
        int first = 0;      // of those in a row that go as they are
        for (int i = 0; i <= frames.Length; i++)
        {
            if (i < frames.Length && port.Carries(frames[i]) && port.Takes(frames[i])) continue;
            if (i > first) SendAsTheyAre(port, frames[first..i]);
            if (i < frames.Length)
            {
                if (port.Carries(frames[i])) SendInParts(port, frames[i]);
                else _counts = _counts with { TooLong = _counts.TooLong + 1 };
            }

            first = i + 1;
        }
    }

    private void SendAsTheyAre(Port port, ReadOnlySpan<LinkFrame> frames)
    {
        int lost = frames.Length - port.Link.Send(frames);
        if (lost > 0) _counts = _counts with { QueueFull = _counts.QueueFull + lost };
    }

    private void SendInParts(Port port, in LinkFrame frame)
    {
        var parts = new WireFrames(frame, LinkMedium.Ethernet, _room);
        while (parts.TryNext(out _one[0])) SendAsTheyAre(port, _one);
        if (parts.IsBad) _counts = _counts with { Unfinished = _counts.Unfinished + 1 };
    }
}
