using System.Runtime.InteropServices;
using System.Text;
using UserNet.Drill.Machine;
using UserNet.Errors;

namespace UserNet.Drill.Live;

/// <summary>The calls of the Linux kernel, on sockets of one namespace.</summary>
/// <param name="space">The thread of the namespace: sockets belong to that of the thread that makes them.</param>
/// <param name="call">Makes a call that may wait, and has others served meanwhile.</param>
/// <param name="folder">Where files without a folder lie.</param>
/// <param name="algorithm">The congestion control to set on every TCP socket, or null for the namespace's default.</param>
/// <remarks>
/// Descriptors that were not given out here are refused without asking the kernel: a number of a script's own could be one of the
/// runtime's. Non-blocking calls are made on the thread that asks, so that they take no longer than they must.
/// </remarks>
internal sealed unsafe partial class LiveSystem(CallThread space, Func<Func<int>, int> call, string folder, Func<string?> algorithm) : ISystem
{
    private const int BadDescriptor = -(int)Errno.EBADF;
    private const int ProtocolTcp = 6, CongestionOption = 13;      // IPPROTO_TCP, TCP_CONGESTION. tcp(7)

    private readonly HashSet<int> _open = [];
    // Memory that the kernel reads after the call is over.
    private readonly List<byte[]> _lent = [];
    private bool _isWaiting;

    /// <summary>When the script's clock started, nanoseconds since 1970: what times in control messages are counted from.</summary>
    public long Epoch { get; set; }

    public int Socket(int domain, int type, int protocol)
    {
        int descriptor = Keep(space.Run(() => LiveLibC.Answer(LiveLibC.Socket(domain, type, protocol))));
        if (descriptor < 0 || algorithm() is not { } name) return descriptor;
        byte[] text = Encoding.ASCII.GetBytes(name);      // on a socket that is not TCP's it fails, and changes nothing
        fixed (byte* value = text) _ = LiveLibC.SetOption(descriptor, ProtocolTcp, CongestionOption, value, (uint)text.Length);
        return descriptor;
    }

    public int Bind(int descriptor, byte[] address)
    {
        if (!_open.Contains(descriptor)) return BadDescriptor;
        fixed (byte* name = address) return LiveLibC.Answer(LiveLibC.Bind(descriptor, name, (uint)address.Length));
    }

    public int Connect(int descriptor, byte[] address) => Make(descriptor, 0, () =>
    {
        fixed (byte* name = address) return LiveLibC.Answer(LiveLibC.Connect(descriptor, name, (uint)address.Length));
    });

    public int Listen(int descriptor, int backlog) =>
        _open.Contains(descriptor) ? LiveLibC.Answer(LiveLibC.Listen(descriptor, backlog)) : BadDescriptor;

    public int Accept(int descriptor, int flags) =>
        Keep(Make(descriptor, 0, () => LiveLibC.Answer(LiveLibC.Accept(descriptor, null, null, flags))));

    public int Close(int descriptor)
    {
        if (!_open.Remove(descriptor)) return BadDescriptor;
        // Even a non-blocking socket lingers. socket(7).
        return Lingers(descriptor) ? call(() => LiveLibC.Answer(LiveLibC.Close(descriptor))) : LiveLibC.Answer(LiveLibC.Close(descriptor));
    }

    public int Shutdown(int descriptor, int how) =>
        _open.Contains(descriptor) ? LiveLibC.Answer(LiveLibC.Shutdown(descriptor, how)) : BadDescriptor;

    public int Read(int descriptor, MemoryPart memory) => Make(descriptor, 0, () =>
    {
        using var pinned = new PinnedParts([memory]);
        return LiveLibC.Answer(LiveLibC.Read(descriptor, pinned.Parts[0].Start, pinned.Parts[0].Length));
    });

    public int Write(int descriptor, MemoryPart memory) => Make(descriptor, 0, () =>
    {
        using var pinned = new PinnedParts([memory]);
        return LiveLibC.Answer(LiveLibC.Write(descriptor, pinned.Parts[0].Start, pinned.Parts[0].Length));
    });

    public int ReadV(int descriptor, IReadOnlyList<MemoryPart> parts) => Make(descriptor, 0, () =>
    {
        using var pinned = new PinnedParts(parts);
        return LiveLibC.Answer(LiveLibC.ReadVector(descriptor, pinned.Parts, parts.Count));
    });

    public int WriteV(int descriptor, IReadOnlyList<MemoryPart> parts) => Make(descriptor, 0, () =>
    {
        using var pinned = new PinnedParts(parts);
        return LiveLibC.Answer(LiveLibC.WriteVector(descriptor, pinned.Parts, parts.Count));
    });

    public int Receive(int descriptor, MemoryPart memory, int flags) => Make(descriptor, flags, () =>
    {
        using var pinned = new PinnedParts([memory]);
        return LiveLibC.Answer(LiveLibC.Receive(descriptor, pinned.Parts[0].Start, pinned.Parts[0].Length, flags));
    });

    public int Send(int descriptor, MemoryPart memory, int flags, byte[]? address)
    {
        IReadOnlyList<MemoryPart> parts = Lend([memory], flags);
        return Make(descriptor, flags, () =>
        {
            using var pinned = new PinnedParts(parts);
            fixed (byte* name = address)
            {
                return LiveLibC.Answer(LiveLibC.Send(
                    descriptor, pinned.Parts[0].Start, pinned.Parts[0].Length, flags, name, (uint)(address?.Length ?? 0)));
            }
        });
    }

    public int GetOption(int descriptor, int level, int name, byte[] value, ref int length)
    {
        if (!_open.Contains(descriptor)) return BadDescriptor;
        uint size = (uint)length;
        fixed (byte* octets = &MemoryMarshal.GetArrayDataReference(value))
        {
            if (size > value.Length && length >= 0) size = (uint)value.Length;
            int answer = LiveLibC.Answer(LiveLibC.GetOption(descriptor, level, name, octets, &size));
            length = (int)size;
            return answer;
        }
    }

    public int SetOption(int descriptor, int level, int name, byte[]? value, int length)
    {
        if (!_open.Contains(descriptor)) return BadDescriptor;
        using var pinned = new PinnedParts([new MemoryPart(value, length)]);
        return LiveLibC.Answer(LiveLibC.SetOption(descriptor, level, name, pinned.Parts[0].Start, (uint)length));
    }

    public int Control(int descriptor, int request, ref int value)
    {
        if (!_open.Contains(descriptor)) return BadDescriptor;
        fixed (int* argument = &value) return LiveLibC.Answer(LiveLibC.Control(descriptor, (nuint)(uint)request, argument));
    }

    public int FileControl(int descriptor, int command, int argument) =>
        _open.Contains(descriptor) ? LiveLibC.Answer(LiveLibC.FileControl(descriptor, command, argument)) : BadDescriptor;

    public int Open(string path, int flags) =>
        Keep(LiveLibC.Answer(LiveLibC.Open(Path.Combine(folder, path), flags | LiveLibC.CloseOnExec)));

    public int Pipe(Span<int> descriptors)
    {
        int* both = stackalloc int[2];
        int answer = LiveLibC.Answer(LiveLibC.Pipe(both, 0));
        if (answer < 0) return answer;
        for (int i = 0; i < 2; i++) descriptors[i] = Keep(both[i]);
        return answer;
    }

    public int SendFile(int output, int input, ref long? offset, int count)
    {
        if (!_open.Contains(input)) return BadDescriptor;
        long? at = offset;
        int answer = Make(output, 0, () =>
        {
            long from = at ?? 0;
            int sent = LiveLibC.Answer(LiveLibC.SendFile(output, input, at is null ? null : &from, (nuint)count));
            if (at is not null) at = from;
            return sent;
        });
        offset = at;
        return answer;
    }

    public int Splice(int input, int output, int count, int flags)
    {
        if (!_open.Contains(output)) return BadDescriptor;
        return Make(input, 0, () =>      // SPLICE_F_NONBLOCK is about the pipe: a socket may have it wait all the same
            LiveLibC.Answer(LiveLibC.Splice(input, null, output, null, (nuint)count, (uint)flags)));
    }

    public int GetName(int descriptor, byte[] address, ref int length)
    {
        if (!_open.Contains(descriptor)) return BadDescriptor;
        uint size = (uint)Math.Min(length, address.Length);
        fixed (byte* name = address)
        {
            int answer = LiveLibC.Answer(LiveLibC.GetName(descriptor, name, &size));
            length = (int)size;
            return answer;
        }
    }

    /// <summary>Resets what connections are left, and closes all descriptors; a call that still waits ends.</summary>
    public void CloseAll()
    {
        long noTime = 1;    // struct linger: on, no seconds
        foreach (int descriptor in _open)
        {
            _ = LiveLibC.SetOption(descriptor, LiveLibC.SocketLevel, LiveLibC.Linger, &noTime, sizeof(long));
            if (_isWaiting) _ = LiveLibC.Shutdown(descriptor, LiveLibC.BothWays);
        }

        foreach (int descriptor in _open) _ = LiveLibC.Close(descriptor);
        _open.Clear();
    }

    private static bool Lingers(int descriptor)
    {
        int* linger = stackalloc int[2];
        uint length = 2 * sizeof(int);
        return LiveLibC.GetOption(descriptor, LiveLibC.SocketLevel, LiveLibC.Linger, linger, &length) == 0 && linger[0] != 0 && linger[1] > 0;
    }

    private int Keep(int descriptor)
    {
        if (descriptor >= 0) _open.Add(descriptor);
        return descriptor;
    }

    // Makes a call here when it can't wait, else where it may.
    private int Make(int descriptor, int flags, Func<int> made)
    {
        if (!_open.Contains(descriptor)) return BadDescriptor;
        if ((flags & LiveLibC.DoNotWait) != 0) return made();
        int status = LiveLibC.FileControl(descriptor, LiveLibC.GetStatusFlags, 0);
        return status >= 0 && (status & LiveLibC.NonBlocking) != 0 ? made() : Wait(made);
    }

    private int Wait(Func<int> made)
    {
        _isWaiting = true;
        int answer = call(made);
        _isWaiting = false;
        return answer;
    }

    // The kernel may read such memory until it says that it is done with it: it has to stay where it is.
    private IReadOnlyList<MemoryPart> Lend(IReadOnlyList<MemoryPart> parts, int flags)
    {
        if ((flags & LiveLibC.ZeroCopy) == 0) return parts;
        var lent = new MemoryPart[parts.Count];
        for (int i = 0; i < lent.Length; i++)
        {
            lent[i] = parts[i];
            if (parts[i].Octets is not { } octets) continue;
            byte[] copy = GC.AllocateArray<byte>(Math.Max(octets.Length, parts[i].Length), pinned: true);
            octets.CopyTo(copy, 0);
            _lent.Add(copy);
            lent[i] = new MemoryPart(copy, parts[i].Length);
        }

        return lent;
    }
}
