using System.Runtime.InteropServices;

namespace UserNet.Tap.Native;

/// <summary>A file descriptor that is closed with its owner, on whatever path that ends.</summary>
/// <remarks>
/// The marshaller takes what a call returns for a pointer, while the C library returns an int: only the lower half counts.
/// </remarks>
internal sealed class Descriptor : SafeHandle
{
    /// <summary>For the marshaller, which sets what a call returned.</summary>
    public Descriptor()
        : base(-1, ownsHandle: true)
    {
    }

    /// <summary>Takes over a descriptor that somebody else may own.</summary>
    public Descriptor(int descriptor, bool owned)
        : base(-1, owned) => SetHandle(descriptor);

    /// <inheritdoc/>
    public override bool IsInvalid => Number < 0;

    /// <summary>The number, for poll; good only while the descriptor is open.</summary>
    public int Number => (int)(long)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.Close(Number) == 0;
}
