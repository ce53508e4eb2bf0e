using System.Buffers.Binary;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>
/// <c>struct cmsghdr</c> and its data as octets, laid out as on 64-bit Linux: the length of both in 8 octets, level and type in 4 each, the
/// data; the next one begins at a multiple of 8.
/// </summary>
/// <remarks>Any thread. RFC 3542 §20; cmsg(3).</remarks>
public static class ControlMessage
{
    /// <summary>sizeof(struct cmsghdr).</summary>
    public const int HeaderLength = 16;

    /// <summary>CMSG_LEN: header and data.</summary>
    public static int Length(int dataLength) => HeaderLength + dataLength;

    /// <summary>CMSG_SPACE: what a message takes with what follows it to the next.</summary>
    public static int Space(int dataLength) => HeaderLength + ((dataLength + 7) & ~7);

    /// <summary>Writes a message and answers how far the next one is: CMSG_SPACE.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not fit.</exception>
    public static int Write(Span<byte> control, int level, int type, ReadOnlySpan<byte> data)
    {
        control[..Space(data.Length)].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(control, Length(data.Length));
        BinaryPrimitives.WriteInt32LittleEndian(control[8..], level);
        BinaryPrimitives.WriteInt32LittleEndian(control[12..], type);
        data.CopyTo(control[HeaderLength..]);
        return Space(data.Length);
    }

    /// <summary>Writes a message whose data is one int.</summary>
    /// <inheritdoc cref="Write(Span{byte}, int, int, ReadOnlySpan{byte})"/>
    public static int Write(Span<byte> control, int level, int type, int data)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, data);
        return Write(control, level, type, octets);
    }

    /// <summary>Reads the first message, and leaves what follows it: CMSG_FIRSTHDR and CMSG_NXTHDR.</summary>
    /// <param name="control">What is left to read.</param>
    /// <param name="level">SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6.</param>
    /// <param name="type">What it is.</param>
    /// <param name="data">Its data.</param>
    /// <returns>False when there is none any more; or one whose length is wrong, which is then left where it is.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> control, out int level, out int type, out ReadOnlySpan<byte> data)
    {
        (level, type) = (0, 0);
        data = default;
        if (control.Length < HeaderLength) return false;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(control);
        if (length < HeaderLength || length > (ulong)control.Length) return false;
        level = BinaryPrimitives.ReadInt32LittleEndian(control[8..]);
        type = BinaryPrimitives.ReadInt32LittleEndian(control[12..]);
        data = control[HeaderLength..(int)length];
        control = control[Math.Min(Space(data.Length), control.Length)..];
        return true;
    }

    /// <summary>Adds a message to what a receive gives back, as put_cmsg of Linux: what does not fit is cut off and MSG_CTRUNC.</summary>
    internal static void Put(ref ReceiveRequest request, int level, int type, scoped ReadOnlySpan<byte> data)
    {
        Span<byte> rest = request.Control[request.ControlLength..];
        if (rest.Length < HeaderLength)
        {
            request.MessageFlags |= MSG_CTRUNC;
            return;
        }

        int length = Length(data.Length);
        if (rest.Length < length)
        {
            request.MessageFlags |= MSG_CTRUNC;
            length = rest.Length;
        }

        BinaryPrimitives.WriteInt64LittleEndian(rest, length);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], level);
        BinaryPrimitives.WriteInt32LittleEndian(rest[12..], type);
        data[..(length - HeaderLength)].CopyTo(rest[HeaderLength..]);
        request.ControlLength += Math.Min(Space(data.Length), rest.Length);
    }

    /// <summary>Adds a message whose data is one int.</summary>
    internal static void Put(ref ReceiveRequest request, int level, int type, int data)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, data);
        Put(ref request, level, type, octets);
    }
}
