using UserNet.Doors;
using UserNet.Wire;

namespace UserNet.Tcp;

// Segments that prove by a key that they are the peer's. RFC 2385.
internal sealed partial class Tcb
{
    /// <summary>True when all that leaves is signed.</summary>
    private bool IsSigned => Options.Signatures?.Sign(Binding.LocalAddress, Binding.RemoteAddress) is true;

    private int SignatureLength => IsSigned ? SegmentSignature.Length : 0;

    // FreeBSD's listeners take peers that have no key as they are.
    private void TakeSignature(in TcpOptionValues values)
    {
        if (!values.HasMd5 && Options.Signatures is { AreRequired: true }) Options = Options with { Signatures = null };
    }

    private void AddSignature(ref TcpOptionWriter writer)
    {
        if (!IsSigned) return;
        writer.FillTo(2);
        writer.Signature();
    }

    /// <summary>What an offer may still say beside a signature. Linux has no room for timestamps then, which a caller may accept if it does not take SACK.</summary>
    private SynOffer WithSignature(in SynOffer offer)
    {
        if (!IsSigned) return offer;
        bool mayHaveTimestamps = _context.Settings.IsFreeBsd || (_pendingIn is not null && !(offer.Sack && Notes.PeerOffer.Sack));
        return offer with { IsSigned = true, Timestamps = offer.Timestamps && mayHaveTimestamps };
    }

    /// <summary>Says whether a segment is the peer's, as far as its signature, or the want of one, tells.</summary>
    private DropReason CheckSignature(in TcpSegment segment, in TcpOptionValues options)
    {
        if (_context.Settings.IsFreeBsd)
        {
            if (IsHalfOpenChild && segment.Has(TcpFlags.Rst)) return DropReason.None;
            if (IsHalfOpenChild && (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn)
                return _pendingIn!.CheckSignature(segment, options, Binding.LocalAddress, Binding.RemoteAddress);
            if (Options.Signatures is null) return DropReason.None;      // a signature is an option like any that it does not know
        }

        return SegmentSignature.Check(_context.Packets, Options.Signatures, segment, options.HasMd5, Binding.LocalAddress, Binding.RemoteAddress);
    }
}
