using UserNet.Drill.Language;
using UserNet.Drill.Machine;

namespace UserNet.Drill.Running;

/// <content>Packets that are expected from the stack.</content>
internal sealed partial class Interpreter
{
    // Takes the oldest packets of the socket under test, or waits for one, and compares.
    private void Expect(PacketEvent line, Func<bool> isOver)
    {
        Expectation expectation = _expectation ??= Begin(line);
        bool isWhole = false;
        while (!isWhole)
        {
            if (!_machine.TryTake(expectation.Limit, isOver, out SentPacket sent))
            {
                if (isOver()) return;
                break;
            }
            isWhole = TakeOfCurrent(sent) is { } seen && expectation.Take(seen, line.Packet, !_settings.IsStrictAboutSegments);
        }
        (_expectation, _next) = (null, _next + 1);
        if (isWhole) Compare(line, expectation);
        else Missing(line, expectation);
        long finished = expectation.FinishedAt(_machine.Now);
        _clock.Finish(finished, line.Time.Kind == TimeKind.Any ? finished : expectation.Start);
    }

    // What is there now is asked for: packets that would have left later are nobody's.
    private void RefuseLeftOvers(Position at)
    {
        while (_machine.TryTake(_machine.Now, Never, out SentPacket sent))
        {
            if (SeenPacket.Parse(sent.Octets, sent.Time) is not { } packet || _sockets.Current is not { } socket) continue;
            if (!_sockets.IsOfCurrent(packet, null) && !_sockets.IsUnaskedSyn(packet)) continue;
            _log.Add(packet, socket, "not waited for");
            throw new DrillFailure(at, "left over", "no packet behind the last line", PacketText.Of(packet, socket));
        }
    }

    private SeenPacket? TakeOfCurrent(SentPacket sent)
    {
        PacketSpec line = ((PacketEvent)_script.Events[_next]).Packet;
        if (SeenPacket.Parse(sent.Octets, sent.Time) is not { } seen) return null;
        bool isOfCurrent = _sockets.IsOfCurrent(seen, line);
        if (isOfCurrent) _log.Add(seen, _sockets.Current, line);
        else _log.Add(seen, null, "of no socket under test");
        return isOfCurrent ? seen : null;
    }

    private Expectation Begin(PacketEvent line)
    {
        if (line.Packet.Body is TcpSpec segment) _sockets.OnExpected(segment);
        (long start, long end) = _clock.Resolve(line.Time);
        long limit = line.Time.Kind == TimeKind.Any
            ? long.MaxValue
            : Math.Max(_machine.Now, end + Math.Max(Patience, _clock.ToleranceOf(end)));
        return new Expectation(_machine.Now, start, end, limit);
    }

    private void Missing(PacketEvent line, Expectation expectation)
    {
        string actual = expectation.Seen is { } part ? PacketText.Of(part, _sockets.Current, line.Packet) : "no packet";
        Differ(_settings.LetsPacketsDiffer, line.At, expectation.Seen is null ? "packet" : "length", PacketText.Of(line.Packet), actual);
    }

    private void Compare(PacketEvent line, Expectation expectation)
    {
        SeenPacket seen = expectation.Seen!;
        SocketUnderTest socket = _sockets.Current!;
        string? field = expectation.Misfit is { } misfit ? misfit.Field : _comparer.Differs(line.Packet, seen, socket);
        if (field is not null)
        {
            string actual = PacketText.Of(seen, socket, line.Packet);
            if (expectation.Misfit is { } other) actual += " and " + PacketText.Of(other.Packet, socket, line.Packet);
            Differ(_settings.LetsPacketsDiffer, line.At, field, PacketText.Of(line.Packet), actual);
        }
        else if (line.Time.Kind != TimeKind.Any)
        {
            long tolerance = _clock.ToleranceOf(expectation.Start);
            if (seen.Time < expectation.Start - tolerance || seen.Time > expectation.End + tolerance)
                Differ(_settings.LetsPacketsDiffer, line.At, "time", TimeText(expectation.Start, expectation.End, tolerance), PacketText.Seconds(seen.Time));
        }
        if (line.Packet.Body is TcpSpec segment && seen.Tcp is { } came && PacketComparer.ValuesOf(segment, came) is var (script, live))
            socket.Timestamps.Record(script, live);
    }

    private static string TimeText(long start, long end, long tolerance)
    {
        string range = start == end ? PacketText.Seconds(start) : $"{PacketText.Seconds(start)}~{PacketText.Seconds(end)}";
        return $"{range} (within {PacketText.Seconds(tolerance)})";
    }
}
