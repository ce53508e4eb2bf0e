using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace UserNet.Tests.Sockets;

/// <summary>recvmsg with MSG_ERRQUEUE, for which .NET has no call.</summary>
internal static unsafe partial class KernelErrors
{
    private const int ErrorQueue = 0x2000, DontWait = 0x40, Truncated = 0x20;
    private const int ControlHeader = 16;

    /// <summary>Receives the oldest error of a socket in one line, or null when none waits.</summary>
    public static string? Receive(Socket socket, byte[] payload)
    {
        byte* name = stackalloc byte[16], control = stackalloc byte[512];
        fixed (byte* octets = payload)
        {
            var vector = new Vector { Base = octets, Length = payload.Length };
            var message = new Message { Name = name, NameLength = 16, Vectors = &vector, Count = 1, Control = control, ControlLength = 512 };
            nint received = ReceiveMessage((int)socket.Handle, &message, ErrorQueue | DontWait);
            if (received < 0) return null;
            var error = new ReadOnlySpan<byte>(control + ControlHeader, 32);
            var to = new ReadOnlySpan<byte>(name, 16);
            return Describe(
                BinaryPrimitives.ReadInt32LittleEndian(error), error[4], error[5], error[6], BinaryPrimitives.ReadUInt32LittleEndian(error[8..]),
                new IPAddress(error[20..24]), new IPEndPoint(new IPAddress(to[4..8]), BinaryPrimitives.ReadUInt16BigEndian(to[2..])),
                payload.AsSpan(0, (int)received), (message.Flags & Truncated) != 0);
        }
    }

    /// <summary>An error in one line.</summary>
    public static string Describe(
        int errno, int origin, int type, int code, uint info, IPAddress offender, IPEndPoint to, ReadOnlySpan<byte> payload, bool isTruncated) =>
        $"errno {errno} of {origin}: {type}/{code} {info} from {offender}, to {to}: {Convert.ToHexString(payload)}{(isTruncated ? " and more" : "")}";

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int descriptor, Message* message, int flags);

    private struct Vector
    {
        public byte* Base;
        public nint Length;
    }

    private struct Message
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
