using System.Runtime.InteropServices;
using UserNet.Drill.Machine;
using UserNet.Tap.Native;

namespace UserNet.Drill.Live;

/// <summary>Memory that a call is told of, where it is and as iovecs, for as long as the call takes.</summary>
internal sealed unsafe class PinnedParts : IDisposable
{
    private readonly GCHandle[] _pins;
    private readonly GCHandle _vectors;

    public PinnedParts(IReadOnlyList<MemoryPart> parts)
    {
        _pins = new GCHandle[parts.Count];
        var vectors = new IoVector[Math.Max(1, parts.Count)];
        for (int i = 0; i < _pins.Length; i++)
        {
            vectors[i].Length = (nuint)parts[i].Length;
            if (parts[i].Octets is not { } octets) continue;
            // The kernel believes the length, so there has to be as much.
            if (octets.Length < parts[i].Length || octets.Length == 0) octets = Enlarged(octets, parts[i].Length);
            _pins[i] = GCHandle.Alloc(octets, GCHandleType.Pinned);
            vectors[i].Start = (void*)_pins[i].AddrOfPinnedObject();
        }

        _vectors = GCHandle.Alloc(vectors, GCHandleType.Pinned);
    }

    /// <summary>The first of the iovecs.</summary>
    public IoVector* Parts => (IoVector*)_vectors.AddrOfPinnedObject();

    public void Dispose()
    {
        foreach (GCHandle pin in _pins)
        {
            if (pin.IsAllocated) pin.Free();
        }

        _vectors.Free();
    }

    private static byte[] Enlarged(byte[] octets, int length)
    {
        byte[] larger = new byte[Math.Max(16, length)];
        octets.CopyTo(larger, 0);
        return larger;
    }
}
