using System.Buffers;
using System.Numerics;

namespace UserNet.Facades.Posix.Unix;

/// <summary>Who somebody is: struct ucred.</summary>
internal readonly record struct UnixCredentials(int Pid, uint Uid, uint Gid)
{
    /// <summary>Of a socket that never had a peer.</summary>
    public static UnixCredentials None => new(0, uint.MaxValue, uint.MaxValue);

    /// <summary>Of a message whose sender was not noted: the user and the group that stand for unknown ones.</summary>
    public static UnixCredentials Unknown => new(0, 65534, 65534);

    public static UnixCredentials Of(PosixProcess process) => new(process.Files.ProcessId, process.Files.Uid, process.Files.Gid);
}

/// <summary>What lies in a socket's queue: a datagram, a piece of a stream, or a connection that waits to be accepted.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class UnixMessage
{
    private byte[]? _octets;

    internal UnixMessage? Earlier, Later;      // in its queue

    /// <summary>Who sent it, and is charged for it until it is gone; of a connection the new socket.</summary>
    public UnixSocket Sender { get; private set; } = null!;

    public int Length { get; private set; }

    /// <summary>How many octets of a stream's piece have been read.</summary>
    public int Consumed { get; set; }

    public int Left => Length - Consumed;

    /// <summary>What its sender is charged.</summary>
    public int Charge { get; private set; }

    /// <summary>Who sent it, where somebody wants to know.</summary>
    public UnixCredentials? Credentials { get; set; }

    /// <summary>Descriptions that come with it.</summary>
    public OpenFile[]? Rights { get; set; }

    public ReadOnlySpan<byte> Octets => _octets.AsSpan(Consumed, Left);

    public void Fill(UnixSocket sender, ReadOnlySpan<byte> octets, int charge)
    {
        _octets = octets.IsEmpty ? null : ArrayPool<byte>.Shared.Rent(octets.Length);
        octets.CopyTo(_octets);
        (Sender, Length, Consumed, Charge) = (sender, octets.Length, 0, charge);
    }

    public void Clear()
    {
        if (_octets is not null) ArrayPool<byte>.Shared.Return(_octets);
        _octets = null;
        Sender = null!;
        Credentials = null;
        Rights = null;
    }
}

/// <summary>Messages to be used again, and descriptions that nobody will receive any more.</summary>
/// <remarks>Gate held, but for what says otherwise.</remarks>
internal sealed class UnixMessages
{
    private const int MostSpares = 64;
    private const int Head = 256, Tail = 320, LeastBuffer = 512, Page = 4096;      // sizes of the kernel's own
    private const int MostDatagramHead = 16_384 - Tail, MostStreamHead = Page - Tail;
    private const int MostDatagramPages = 17 * Page;

    /// <summary>The longest piece of a stream.</summary>
    public const int LongestPiece = MostStreamHead + 32_768;

    private readonly Stack<UnixMessage> _spares = new();
    private List<OpenFile> _dropped = [];

    /// <summary>True when <see cref="TakeDropped"/> has something. Any thread.</summary>
    public bool HasDropped => Volatile.Read(ref _dropped).Count > 0;

    public UnixMessage Take() => _spares.TryPop(out UnixMessage? spare) ? spare : new UnixMessage();

    public void GiveBack(UnixMessage message)
    {
        message.Clear();
        if (_spares.Count < MostSpares) _spares.Push(message);
    }

    /// <summary>Descriptions whose message is lost: they are released once the gate is left, since that may close them.</summary>
    public void Drop(OpenFile[]? rights)
    {
        if (rights is not null) _dropped.AddRange(rights);
    }

    public List<OpenFile> TakeDropped()
    {
        List<OpenFile> dropped = _dropped;
        _dropped = [];
        return dropped;
    }

    /// <summary>What a datagram of that length costs its sender: the kernel's buffer, the next power of two with what it keeps beside it.</summary>
    public static int ChargeOfDatagram(int octets)
    {
        int paged = octets > MostDatagramHead ? Math.Min(Pages(octets - MostDatagramHead), MostDatagramPages) : 0;
        return ChargeOfHead(octets - paged) + paged;
    }

    /// <summary>What a piece of a stream costs: beyond the first page whole pages are used.</summary>
    public static int ChargeOfPiece(int octets)
    {
        int paged = octets > MostStreamHead ? Math.Min(octets, Pages(octets - MostStreamHead)) : 0;
        return ChargeOfHead(octets - paged) + Pages(paged);
    }

    private static int ChargeOfHead(int octets) =>
        Head + Math.Max(LeastBuffer, (int)BitOperations.RoundUpToPowerOf2((uint)(((octets + 63) & ~63) + Tail)));

    private static int Pages(int octets) => (octets + Page - 1) & ~(Page - 1);
}
