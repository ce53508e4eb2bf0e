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
        bool isV6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        byte* name = stackalloc byte[28], control = stackalloc byte[512];
        fixed (byte* octets = payload)
        {
            var vector = new Vector { Base = octets, Length = payload.Length };
            var message = new Message { Name = name, NameLength = 28, Vectors = &vector, Count = 1, Control = control, ControlLength = 512 };
            nint received = ReceiveMessage((int)socket.Handle, &message, ErrorQueue | DontWait);
            if (received < 0) return null;
            var error = new ReadOnlySpan<byte>(control + ControlHeader, 44);
            var to = new ReadOnlySpan<byte>(name, 28);
            return Describe(
                BinaryPrimitives.ReadInt32LittleEndian(error), error[4], error[5], error[6], BinaryPrimitives.ReadUInt32LittleEndian(error[8..]),
                AddressIn(error[16..], isV6), new IPEndPoint(AddressIn(to, isV6), BinaryPrimitives.ReadUInt16BigEndian(to[2..])),
                payload.AsSpan(0, (int)received), (message.Flags & Truncated) != 0);
        }
    }

    private static IPAddress AddressIn(ReadOnlySpan<byte> octets, bool isV6) =>
        isV6 ? new IPAddress(octets[8..24], BinaryPrimitives.ReadUInt32LittleEndian(octets[24..])) : new IPAddress(octets[4..8]);

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
