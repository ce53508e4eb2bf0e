namespace UserNet.Tcp;

/// <summary>What became of a segment's octets in a <see cref="ReceiveRing"/>.</summary>
/// <param name="Advanced">Octets that RCV.NXT moved on by, those held before included.</param>
/// <param name="Taken">Octets that were new and are held now.</param>
/// <param name="HasFilledGap">
/// RCV.NXT moved on while octets were held beyond a gap: RFC 5681 4.2 asks for an ACK at once.
/// </param>
/// <param name="Duplicate">
/// The first octets of it that were there already, as they lie together; empty when there were none.
/// </param>
internal readonly record struct InsertResult(int Advanced, int Taken, bool HasFilledGap, SackBlock Duplicate);
