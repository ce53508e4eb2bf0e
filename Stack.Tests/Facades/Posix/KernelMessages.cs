using System.Runtime.InteropServices;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Tests.Parity;

namespace UserNet.Tests.Facades.Posix;

/// <summary>sendmsg and recvmsg, of the kernel by libc or of a process here, in one shape.</summary>
internal abstract class MessageWorld : IDisposable
{
    private readonly List<int> _open = [];

    public int Open(int domain, int type, int protocol = 0)
    {
        int descriptor = Socket(domain, type, protocol);
        Xunit.Assert.True(descriptor >= 0, $"socket {domain} {type} {protocol}");
        _open.Add(descriptor);
        return descriptor;
    }

    public abstract string Set(int descriptor, int level, int name, int value);

    public abstract void Bind(int descriptor, byte[] address);

    public abstract string TryBind(int descriptor, byte[] address);

    public abstract string Connect(int descriptor, byte[] address);

    public abstract byte[] NameOf(int descriptor);

    /// <summary>The answer, or the error.</summary>
    public abstract string Send(int descriptor, byte[][] vectors, byte[]? name, byte[]? control, int flags = 0);

    /// <summary>The answer, msg_flags, control messages and how long the name is; or the error.</summary>
    public abstract string Receive(int descriptor, int[] vectors, int controlRoom, int flags, out byte[] name);

    protected static string Told(int answer, int flags, ReadOnlySpan<byte> octets, ReadOnlySpan<byte> control, int nameLength) =>
        $"{answer} flags {flags:X} octets {Convert.ToHexString(octets)} control {Convert.ToHexString(control)} name {nameLength}";

    protected abstract int Socket(int domain, int type, int protocol);

    protected abstract void Close(int descriptor);

    public void CloseAll()
    {
        _open.ForEach(Close);
        _open.Clear();
    }

    public virtual void Dispose() => CloseAll();
}

/// <summary>The running kernel.</summary>
internal sealed unsafe partial class KernelMessages : MessageWorld
{
    public override string Set(int descriptor, int level, int name, int value) =>
        Code(KernelCalls.SetSockOpt(descriptor, level, name, BitConverter.GetBytes(value), 4));

    public override void Bind(int descriptor, byte[] address) => Xunit.Assert.Equal(0, KernelCalls.Bind(descriptor, address, address.Length));

    public override string TryBind(int descriptor, byte[] address) => Code(KernelCalls.Bind(descriptor, address, address.Length));

    public override string Connect(int descriptor, byte[] address) => Code(KernelCalls.Connect(descriptor, address, address.Length));

    public override byte[] NameOf(int descriptor)
    {
        byte[] name = new byte[28];
        int length = 28;
        KernelCalls.GetSockName(descriptor, name, ref length);
        return name[..length];
    }

    public override string Send(int descriptor, byte[][] vectors, byte[]? name, byte[]? control, int flags = 0)
    {
        byte[] all = [.. vectors.SelectMany(static vector => vector)];
        fixed (byte* octets = all, address = name, ancillary = control)
        {
            Vector* pieces = stackalloc Vector[vectors.Length];
            nint at = 0;
            for (int i = 0; i < vectors.Length; at += vectors[i++].Length) pieces[i] = new Vector { Base = octets + at, Length = vectors[i].Length };
            var header = new Header
            {
                Name = address, NameLength = name?.Length ?? 0, Vectors = pieces, Count = vectors.Length,
                Control = ancillary, ControlLength = control?.Length ?? 0,
            };
            return Code((int)SendMessage(descriptor, &header, flags));
        }
    }

    public override string Receive(int descriptor, int[] vectors, int controlRoom, int flags, out byte[] name)
    {
        byte[] all = new byte[vectors.Sum()], control = new byte[controlRoom];
        name = new byte[128];
        fixed (byte* octets = all, address = name, ancillary = control)
        {
            Vector* pieces = stackalloc Vector[vectors.Length];
            nint at = 0;
            for (int i = 0; i < vectors.Length; at += vectors[i++]) pieces[i] = new Vector { Base = octets + at, Length = vectors[i] };
            var header = new Header
            {
                Name = address, NameLength = 128, Vectors = pieces, Count = vectors.Length, Control = ancillary, ControlLength = controlRoom,
            };
            int answer = (int)ReceiveMessage(descriptor, &header, flags);
            if (answer < 0) return Code(answer);
            name = name[..header.NameLength];
            return Told(answer, header.Flags, all.AsSpan(0, Math.Min(answer, all.Length)), control.AsSpan(0, (int)header.ControlLength), header.NameLength);
        }
    }

    protected override int Socket(int domain, int type, int protocol) => KernelCalls.Socket(domain, type | KernelCalls.CloseOnExec, protocol);

    protected override void Close(int descriptor) => _ = KernelCalls.Close(descriptor);

    private static string Code(int answer) => answer >= 0 ? $"{answer}" : $"{(Errno)Marshal.GetLastPInvokeError()}";

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int descriptor, Header* header, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int descriptor, Header* header, int flags);

    private struct Vector
    {
        public byte* Base;
        public nint Length;
    }

    private struct Header
    {
        public byte* Name;
        public int NameLength;
        public Vector* Vectors;
        public nint Count;
        public byte* Control;
        public nint ControlLength;
        public int Flags;
    }
}

/// <summary>A process on a stack.</summary>
internal sealed class ProcessMessages : MessageWorld
{
    private readonly NetworkStack _stack = new();
    private readonly PosixProcess _process;

    public ProcessMessages() => _process = new PosixProcess(_stack, UserNet.Binding.Caller.Root);

    public override string Set(int descriptor, int level, int name, int value) =>
        Code(_process.SetSockOpt(descriptor, level, name, BitConverter.GetBytes(value), 4));

    public override void Bind(int descriptor, byte[] address) => Xunit.Assert.Equal(0, _process.Bind(descriptor, address, address.Length));

    public override string TryBind(int descriptor, byte[] address) => Code(_process.Bind(descriptor, address, address.Length));

    public override string Connect(int descriptor, byte[] address) => Code(_process.Connect(descriptor, address, address.Length));

    public override byte[] NameOf(int descriptor)
    {
        byte[] name = new byte[28];
        int length = 28;
        _process.GetSockName(descriptor, name, ref length);
        return name[..length];
    }

    public override string Send(int descriptor, byte[][] vectors, byte[]? name, byte[]? control, int flags = 0)
    {
        var header = new MessageHeader
        {
            Name = name, NameLength = name?.Length ?? 0, Vectors = [.. vectors.Select(IoVector.FromByte)], Control = control, ControlLength = control?.Length ?? 0,
        };
        return Code(_process.SendMsg(descriptor, header, flags));
    }

    public override string Receive(int descriptor, int[] vectors, int controlRoom, int flags, out byte[] name)
    {
        byte[][] pieces = [.. vectors.Select(static length => new byte[length])];
        byte[] control = new byte[controlRoom];
        name = new byte[128];
        var header = new MessageHeader
        {
            Name = name, NameLength = 128, Vectors = [.. pieces.Select(IoVector.FromByte)], Control = control, ControlLength = controlRoom,
        };
        int answer = _process.RecvMsg(descriptor, ref header, flags);
        if (answer < 0) return Code(answer);
        name = name[..header.NameLength];
        byte[] all = [.. pieces.SelectMany(static piece => piece)];
        return Told(answer, header.Flags, all.AsSpan(0, Math.Min(answer, all.Length)), control.AsSpan(0, header.ControlLength), header.NameLength);
    }

    public override void Dispose()
    {
        base.Dispose();
        _process.Dispose();
        _stack.Dispose();
    }

    protected override int Socket(int domain, int type, int protocol) => _process.Socket(domain, type, protocol);

    protected override void Close(int descriptor) => _process.Close(descriptor);

    private string Code(int answer) => answer >= 0 ? $"{answer}" : $"{_process.Error}";
}
