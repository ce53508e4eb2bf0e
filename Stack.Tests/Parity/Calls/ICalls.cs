namespace UserNet.Tests.Parity.Calls;

/// <summary>The calls of the C library, as one of two sides has them. Answers are 0 or more, or an error number with a minus sign.</summary>
internal interface ICalls : IDisposable
{
    /// <summary>The number of the first descriptor: what is answered is compared from there on.</summary>
    int FirstDescriptor { get; }

    int Socket(int domain, int type, int protocol);

    int SocketPair(int domain, int type, int protocol, int[]? pair);

    /// <summary>A descriptor that names no socket: of /dev/null.</summary>
    int OpenNull();

    int Bind(int descriptor, byte[]? address, int length);

    int Listen(int descriptor, int backlog);

    /// <summary>accept, or accept4 where there are flags.</summary>
    int Accept(int descriptor, byte[]? address, ref int length, bool hasLength, int? flags);

    int Connect(int descriptor, byte[]? address, int length);

    int Name(int descriptor, bool ofPeer, byte[]? address, ref int length, bool hasLength);

    int SetOption(int descriptor, int level, int name, byte[]? value, int length);

    int GetOption(int descriptor, int level, int name, byte[]? value, ref int length, bool hasLength);

    int Send(int descriptor, byte[]? octets, int length, int flags);

    int SendTo(int descriptor, byte[]? octets, int length, int flags, byte[]? address, int addressLength);

    int Write(int descriptor, byte[]? octets, int length);

    int SendMessage(int descriptor, Message message, int flags);

    int Receive(int descriptor, byte[]? octets, int length, int flags);

    int ReceiveFrom(int descriptor, byte[]? octets, int length, int flags, byte[]? address, ref int addressLength, bool hasLength);

    int Read(int descriptor, byte[]? octets, int length);

    int ReceiveMessage(int descriptor, Message message, int flags);

    int Shutdown(int descriptor, int how);

    int Close(int descriptor);

    int Poll(PollEntry[] entries, short[] returned);

    int Control(int descriptor, int command, int argument);

    int Duplicate(int descriptor);

    int ChangeOwner(int descriptor, uint owner);

    int IoControl(int descriptor, int request, out int value);

    void BecomeUser(uint uid);

    /// <summary>Lets arrive what is under way.</summary>
    void Settle();
}

/// <summary>struct msghdr with what it points to.</summary>
internal sealed class Message
{
    public byte[]? Address { get; init; }

    public int AddressLength { get; set; }

    /// <summary>The pieces; null for a NULL vector.</summary>
    public byte[][]? Pieces { get; init; }

    public byte[]? Control { get; init; }

    public int ControlLength { get; set; }

    public int Flags { get; set; }
}
