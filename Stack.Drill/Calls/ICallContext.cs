using UserNet.Drill.Machine;

namespace UserNet.Drill.Calls;

/// <summary>What calls need to know of the script, and what they tell it: whoever plays the script implements it.</summary>
internal interface ICallContext
{
    /// <summary>What the calls are made on.</summary>
    IMachine Machine { get; }

    /// <summary>Whose names and meanings hold.</summary>
    DrillProfile Profile { get; }

    /// <summary>The family of sockets.</summary>
    DrillIpVersion IpVersion { get; }

    /// <summary>How far a time that a call tells may be off, microseconds.</summary>
    long ToleranceMicroseconds { get; }

    /// <summary>The address that <c>bind(fd, ..., ...)</c> names: a sockaddr of the family.</summary>
    byte[] BindAddress { get; }

    /// <summary>The address that <c>connect(fd, ..., ...)</c> names: a sockaddr of the family.</summary>
    byte[] ConnectAddress { get; }

    /// <summary>A descriptor as the script counts was given to a new socket.</summary>
    void OnSocket(int descriptor);

    /// <summary>listen succeeded.</summary>
    void OnListen(int descriptor);

    /// <summary>connect, or a send with MSG_FASTOPEN (or of FreeBSD's kind), is about to begin: called before the system is.</summary>
    void OnConnect(int descriptor);

    /// <summary>connect to AF_UNSPEC succeeded.</summary>
    void OnDisconnect(int descriptor);

    /// <summary>accept gave out a connection.</summary>
    void OnAccept(int listener, int descriptor);

    /// <summary>A descriptor was closed.</summary>
    void OnClose(int descriptor);
}

/// <summary>How a call ended, seen from the script.</summary>
/// <param name="Field">What differs from what the script says, such as "result", "errno", "revents"; null when nothing does.</param>
/// <param name="Expected">What the script says.</param>
/// <param name="Actual">What came.</param>
internal readonly record struct CallVerdict(string? Field, string Expected = "", string Actual = "");
