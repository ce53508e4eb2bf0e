using System.Runtime.InteropServices;

namespace UserNet.Tap.Native;

/// <summary>What ends a poll from another thread: an eventfd.</summary>
internal sealed unsafe class WakeUp : IDisposable
{
    /// <summary>A new one.</summary>
    /// <exception cref="DeviceException">The process has too many open files.</exception>
    public WakeUp(string spec)
    {
        Descriptor = LibC.EventDescriptor(0, LibC.NonBlocking | LibC.CloseOnExec);
        if (Descriptor.IsInvalid)
            throw DeviceException.From(spec, "make an eventfd", Marshal.GetLastPInvokeError());
    }

    /// <summary>What to poll for reading.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Ends the poll that runs, or else the next one. Any thread.</summary>
    public void Signal()
    {
        ulong one = 1;
        _ = LibC.Write(Descriptor, &one, sizeof(ulong));
    }

    /// <summary>Forgets the signals there were.</summary>
    public void Reset()
    {
        ulong count;
        _ = LibC.Read(Descriptor, &count, sizeof(ulong));
    }

    public void Dispose() => Descriptor.Dispose();
}
