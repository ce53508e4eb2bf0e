namespace UserNet.Binding;

/// <summary>Who else may share a port with a socket: what a security descriptor of Windows decides, reduced to owners.</summary>
/// <remarks>
/// A socket without one lets in its own owner alone. One with a list lets in whom the list names, and its own owner only if that is among
/// them. Immutable; any thread. wsk.h SO_WSK_SECURITY, "Sharing Transport Addresses".
/// </remarks>
public sealed class SecurityDescriptor
{
    private readonly uint[]? _granted;      // null for everybody

    private SecurityDescriptor(uint[]? granted) => _granted = granted;

    /// <summary>Everybody may share.</summary>
    public static SecurityDescriptor Everyone { get; } = new(null);

    /// <summary>The owners in the list may share, nobody else.</summary>
    public static SecurityDescriptor Only(params ReadOnlySpan<uint> owners) => new(owners.ToArray());

    /// <summary>The access check: whether a socket of this owner may share.</summary>
    public bool Grants(uint owner) => _granted is null || _granted.AsSpan().Contains(owner);
}
