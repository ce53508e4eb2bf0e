using System.Globalization;
using UserNet.Wire;

namespace UserNet.Replay;

// Connections: what they say, however it is cut.
internal sealed partial class ReplayComparison
{
    private ReplayCounts _segments, _pureAcknowledgments, _repeatedOctets;

    private void CountSegments(ReplayFlow? then, ReplayFlow? now)
    {
        ReplayStream? a = then is null ? null : StreamOf(then, isNow: false), b = now is null ? null : StreamOf(now, isNow: true);
        _segments = Plus(_segments, a?.Segments, b?.Segments);
        _pureAcknowledgments = Plus(_pureAcknowledgments, a?.PureAcknowledgments, b?.PureAcknowledgments);
        _repeatedOctets = Plus(_repeatedOctets, a?.RepeatedOctets, b?.RepeatedOctets);

        static ReplayCounts Plus(ReplayCounts sum, long? recorded, long? replayed) => new(sum.Recorded + (recorded ?? 0), sum.Replayed + (replayed ?? 0));
    }

    private void CompareConnection(ReplayKey key, ReplayFlow? then, ReplayFlow? now)
    {
        if (now is null || now.Outbound.Count == 0)
        {
            Add(ref _missing, ReplayDifferenceKind.Missing, key, "the connection", then!.Outbound[0], -1);
            return;
        }

        if (then is null || then.Outbound.Count == 0)
        {
            int first = now.Outbound[0];
            if (IsLate(first)) _late += now.Outbound.Count;
            else Add(ref _unexpected, ReplayDifferenceKind.Unexpected, key, "a connection that was not recorded", -1, first);
            return;
        }

        int before = _differences.Count;
        ReplayStream a = StreamOf(then, isNow: false), b = StreamOf(now, isNow: true);
        ComparePresence(key, "SYN", a.Syn, b.Syn);
        if (a.Syn >= 0 && b.Syn >= 0 && a.SynOptions != b.SynOptions)
            Add(ReplayDifferenceKind.Different, key, $"the SYN's options are {b.SynOptions}, not {a.SynOptions}", a.Syn, b.Syn);
        CompareOctets(key, a, b);
        if (a.Fin >= 0 && b.Fin >= 0 && a.FinAt != b.FinAt)
            Add(ReplayDifferenceKind.Different, key, Text($"the stream ends after {b.FinAt:N0} octets, not {a.FinAt:N0}"), a.Fin, b.Fin);
        else ComparePresence(key, "FIN", a.Fin, b.Fin);
        ComparePresence(key, "RST", a.Reset, b.Reset);
        if (a.TellsTime is { } toldThen && b.TellsTime is { } tellsNow && toldThen != tellsNow)
            Add(ReplayDifferenceKind.Different, key, $"segments have {(tellsNow ? "timestamps" : "no timestamps")}", then.Outbound[^1], now.Outbound[^1]);
        CompareAcknowledgments(key, then, a, b);
        if (b.Contradiction >= 0 && a.Contradiction < 0)
            Add(ReplayDifferenceKind.Different, key, "octets are sent again as others", -1, b.Contradiction);
        if (_differences.Count == before) _matched++;
        else _different++;
    }

    private void ComparePresence(ReplayKey key, string name, int then, int now)
    {
        if (then >= 0 && now < 0) Add(ReplayDifferenceKind.Missing, key, name, then, -1);
        else if (then < 0 && now >= 0 && !IsLate(now)) Add(ReplayDifferenceKind.Unexpected, key, name, -1, now);
    }

    // A recording may have ended before the last acknowledgment.
    private void CompareAcknowledgments(ReplayKey key, ReplayFlow then, ReplayStream a, ReplayStream b)
    {
        if (a.Acknowledged == b.Acknowledged || a.Acknowledged is not { } expected) return;
        if (b.Acknowledged is { } last && (int)(last - expected) >= 0 && (b.AcknowledgedInTime is not { } inTime || (int)(inTime - expected) <= 0)) return;
        uint from = then.PeerIsn ?? 0;
        string came = b.Acknowledged is { } number ? Text($"{number - from:N0}") : "nothing";
        Add(ReplayDifferenceKind.Different, key, Text($"acknowledges {came} in the end, not {expected - from:N0}"), a.Acknowledging, b.Acknowledging);
    }

    // The first difference alone: what follows often follows from it.
    private void CompareOctets(ReplayKey key, ReplayStream a, ReplayStream b)
    {
        int i = 0, j = 0;
        long at = 0;
        while (i < a.Pieces.Count && j < b.Pieces.Count)
        {
            ReplayStream.Piece then = a.Pieces[i], now = b.Pieces[j];
            at = Math.Max(at, Math.Min(then.Start, now.Start));
            if (at < then.Start || at < now.Start)
            {
                bool isMissing = at < now.Start;
                if (!isMissing && now.IsLate) at = Math.Min(then.Start, now.End);
                else
                {
                    TellOctets(key, at, isMissing ? Math.Min(then.End, now.Start) : Math.Min(now.End, then.Start), isMissing, then.Place, now.Place);
                    return;
                }
            }
            else
            {
                int common = (int)(Math.Min(then.End, now.End) - at);
                ReadOnlySpan<byte> octetsThen = then.Octets.Span.Slice((int)(at - then.Start), common), octetsNow = now.Octets.Span.Slice((int)(at - now.Start), common);
                int equal = octetsThen.CommonPrefixLength(octetsNow);
                if (equal < common)
                {
                    Add(ReplayDifferenceKind.Different, key, Text($"octet {at + equal:N0} of the stream is 0x{octetsNow[equal]:x2}, not 0x{octetsThen[equal]:x2}"), then.Place, now.Place);
                    return;
                }

                at += common;
            }

            if (at == then.End) i++;
            if (at == now.End) j++;
        }

        if (i < a.Pieces.Count)
            TellOctets(key, Math.Max(at, a.Pieces[i].Start), a.Pieces[^1].End, isMissing: true, a.Pieces[i].Place, -1);
        while (j < b.Pieces.Count && b.Pieces[j].IsLate) j++;
        if (j < b.Pieces.Count)
            TellOctets(key, Math.Max(at, b.Pieces[j].Start), b.Pieces[^1].End, isMissing: false, -1, b.Pieces[j].Place);
    }

    private void TellOctets(ReplayKey key, long from, long to, bool isMissing, int then, int now) => Add(
        isMissing ? ReplayDifferenceKind.Missing : ReplayDifferenceKind.Unexpected, key, Text($"octets {from:N0} to {to - 1:N0} of the stream"),
        isMissing ? then : -1, isMissing ? -1 : now);

    private ReplayStream StreamOf(ReplayFlow flow, bool isNow)
    {
        ReplayStream? stream = null;
        foreach (int place in flow.Outbound)
        {
            ReadOnlyMemory<byte> octets = isNow ? OctetsNow(place) : OctetsThen(place);
            var view = new FrameView(octets.Span, _isEthernet);
            if (!view.IsTcp) continue;
            stream ??= new ReplayStream(flow, view.Tcp.SequenceNumber);
            ReadOnlySpan<byte> payload = view.Tcp.Payload;
            ReadOnlyMemory<byte> kept = payload.IsEmpty ? default : octets.Slice(ReplayRewriting.PlaceOf(octets.Span, payload), payload.Length);
            stream.Add(view.Tcp, kept, place, isNow && IsLate(place));
        }

        return stream ?? new ReplayStream(flow, null);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
