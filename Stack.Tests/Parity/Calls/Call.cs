namespace UserNet.Tests.Parity.Calls;

/// <summary>Which call of sys/socket.h and its neighbors.</summary>
internal enum CallKind
{
    Socket, SocketPair, OpenNull, Bind, Listen, Accept, Accept4, Connect, GetSockName, GetPeerName, SetSockOpt, GetSockOpt, Send, SendTo, Write, SendMsg,
    Recv, RecvFrom, Read, RecvMsg, Shutdown, Close, Poll, Fcntl, Dup, FChown, IoControl, BecomeUser,
}

/// <summary>A control message: its header, and octets or descriptors behind it.</summary>
/// <param name="Level">cmsg_level.</param>
/// <param name="Type">cmsg_type.</param>
/// <param name="Octets">The data; empty with descriptors.</param>
/// <param name="Descriptors">Symbolic descriptors as data; null for octets.</param>
/// <param name="LengthChange">What cmsg_len is wrong by.</param>
internal sealed record ControlMessage(int Level, int Type, byte[] Octets, int[]? Descriptors = null, int LengthChange = 0);

/// <summary>One entry of struct pollfd.</summary>
internal readonly record struct PollEntry(int Descriptor, short Events);

/// <summary>One call with its arguments, in a form that means the same on both sides.</summary>
/// <remarks>
/// Descriptors are symbols: what the call opened that has that number as its <see cref="Slot"/>, be it open or not. Ports from
/// <see cref="Ports.FirstNamed"/> on are symbols too. A null array is NULL; a length beyond its end reaches into memory that can't be read.
/// </remarks>
internal sealed record Call(CallKind Kind)
{
    public const int MinusOne = -1, NeverOpened = -2, Least = -3;

    /// <summary>The descriptor that the call is about: a slot, or one of the constants.</summary>
    public int Descriptor { get; init; }

    /// <summary>Which slot the descriptor gets that the call opens.</summary>
    public int Slot { get; init; } = -1;

    /// <summary>The second descriptor of a pair.</summary>
    public int SecondSlot { get; init; } = -1;

    /// <summary>Numbers, in the order of the C call: domain, type, protocol; level, name; backlog; how; command, argument; uid.</summary>
    public int A { get; init; }

    /// <inheritdoc cref="A"/>
    public int B { get; init; }

    /// <inheritdoc cref="A"/>
    public int C { get; init; }

    /// <summary>MSG_ flags, or the flags of accept4.</summary>
    public int Flags { get; init; }

    /// <summary>Octets to send, an option's value, or how much room there is for what comes; null for NULL.</summary>
    public byte[]? Octets { get; init; }

    /// <summary>The length that goes with them.</summary>
    public int Length { get; init; }

    /// <summary>A sockaddr, or room for one; null for NULL.</summary>
    public byte[]? Address { get; init; }

    /// <summary>The length that goes with it.</summary>
    public int AddressLength { get; init; }

    /// <summary>False when the pointer to a length is NULL.</summary>
    public bool HasLength { get; init; } = true;

    /// <summary>How the octets of a message are cut; null for one piece.</summary>
    public int[]? Pieces { get; init; }

    /// <summary>Control messages to send; null for none.</summary>
    public ControlMessage[]? Control { get; init; }

    /// <summary>Room for control messages that come.</summary>
    public int ControlRoom { get; init; }

    /// <summary>What poll is asked.</summary>
    public PollEntry[]? Polled { get; init; }

    /// <summary>As a line of C.</summary>
    public override string ToString() => CallText.Of(this);
}

/// <summary>Ports that scripts of calls name.</summary>
internal static class Ports
{
    /// <summary>Ports from here on stand for the numbers that a sequence has for itself.</summary>
    public const int FirstNamed = 1100, Named = 10;

    /// <summary>Ports from here on stand for the port of what a slot names.</summary>
    public const int FirstOfSlot = 1200, Slots = 64;

    /// <summary>Ports beyond it that are not the sequence's are ephemeral, or identifiers of echoes.</summary>
    public const int LastFixed = 1024;

    /// <summary>What scripts of raw sockets and echoes name as ports; other identifiers were chosen.</summary>
    public static readonly int[] OfProtocols = [0, 1, 253, 255, 300];

    /// <summary>The range of ephemeral ports, of both sides.</summary>
    public const int FirstEphemeral = 32768, LastEphemeral = 60999;
}

/// <summary>What a call answered: the value, or an error number with a minus sign, and whatever it wrote.</summary>
internal readonly record struct CallAnswer(long Value, string Written)
{
    public override string ToString()
    {
        string value = Value >= 0 ? Value.ToString(System.Globalization.CultureInfo.InvariantCulture) : Errors.NameOf((int)-Value);
        return Written.Length == 0 ? value : $"{value} {Written}";
    }
}

/// <summary>Names of error numbers, those included that the stack has no name for.</summary>
internal static class Errors
{
    public static string NameOf(int number) =>
        Enum.IsDefined((UserNet.Errors.Errno)number) ? ((UserNet.Errors.Errno)number).ToString() : $"errno {number}";
}
