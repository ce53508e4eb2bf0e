namespace UserNet.Wire;

/// <summary>A unit seen in place: once parsed, every accessor is safe and allocates nothing.</summary>
/// <typeparam name="TSelf">The view itself.</typeparam>
public interface IWireView<TSelf> where TSelf : IWireView<TSelf>, allows ref struct
{
    /// <summary>Sees the octets as a unit; false when they are none.</summary>
    static abstract bool TryParse(ReadOnlySpan<byte> octets, out TSelf view);
}
