using UserNet.Binding;
using UserNet.Facades.Posix.Unix;

namespace UserNet.Facades.Posix;

/// <summary>What the processes of one host share: its stack, and what else they meet at.</summary>
/// <remarks>Make one for each stack whose processes are to meet. Any thread.</remarks>
public sealed partial class PosixHost
{
    /// <summary>A host.</summary>
    /// <param name="stack">Its network.</param>
    /// <exception cref="ArgumentNullException">The stack is null.</exception>
    public PosixHost(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        Stack = stack;
        Files = new FileTree(stack);
        Unix = new UnixFamily(Files);
    }

    /// <summary>The host's network.</summary>
    public NetworkStack Stack { get; }

    /// <summary>The host's files, where sockets of AF_UNIX have their names.</summary>
    public FileTree Files { get; }

    /// <summary>Who opens sockets of AF_UNIX.</summary>
    internal ISocketFamily Unix { get; }

    /// <summary>Starts a process, which has no descriptors yet.</summary>
    /// <param name="caller">Its credentials; null for the stack's.</param>
    public PosixProcess Start(Caller? caller = null) => new(this, caller);
}
