namespace UserNet.Doors;

/// <summary>The door through which chance enters: fills <paramref name="destination"/> with random octets.</summary>
/// <param name="destination">The octets to fill, all of them.</param>
/// <remarks>
/// <c>RandomNumberGenerator.Fill</c> by default; <c>new Random(seed).NextBytes</c> where a run must repeat itself.
/// Called with the stack's gate held: it must not call back into the stack.
/// </remarks>
public delegate void FillRandom(Span<byte> destination);
