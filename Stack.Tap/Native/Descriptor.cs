using Microsoft.Win32.SafeHandles;

namespace UserNet.Tap.Native;

/// <summary>A file descriptor that is closed with its owner, on whatever path that ends.</summary>
internal sealed class Descriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>For the marshaller, which sets what a call returned.</summary>
    public Descriptor()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Takes over a descriptor that somebody else may own.</summary>
    public Descriptor(int descriptor, bool owned)
        : base(owned) => SetHandle(descriptor);

    /// <summary>The number, for poll; good only while the descriptor is open.</summary>
    public int Number => (int)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.Close((int)handle) == 0;
}
