using System.Runtime.InteropServices;

namespace UserNet.Tests.Parity.Calls;

/// <summary>Memory behind whose last octet nothing can be read or written, as an argument that is too short has it.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int Size = 1 << 20, Page = 1 << 12, ReadWrite = 3, None = 0, PrivateAnonymous = 0x22;

    private readonly byte* _memory;

    public GuardedMemory()
    {
        _memory = (byte*)Map(0, Size + Page, ReadWrite, PrivateAnonymous, -1, 0);
        if (_memory == (byte*)-1 || Protect(_memory + Size, Page, None) != 0) throw new InvalidOperationException($"mmap: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>A pointer to a copy that ends where the memory does; NULL for null.</summary>
    public byte* Place(byte[]? octets)
    {
        if (octets is null) return null;
        byte* start = _memory + Size - octets.Length;
        octets.CopyTo(new Span<byte>(start, octets.Length));
        return start;
    }

    /// <summary>Takes back what <see cref="Place"/> placed last, as it is now.</summary>
    public void TakeBack(byte[]? octets)
    {
        if (octets is not null) new ReadOnlySpan<byte>(_memory + Size - octets.Length, octets.Length).CopyTo(octets);
    }

    public void Dispose() => _ = Unmap(_memory, Size + Page);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(byte* address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(byte* address, nint length);
}
