namespace UserNet.Bench.Faces;

/// <summary>What is timed at every face.</summary>
internal enum FaceCall
{
    /// <summary>A datagram socket is opened, bound to a port of 127.0.0.1, and closed.</summary>
    BindAndClose,
    /// <summary>The same, and the stack chooses the port.</summary>
    BindToPortZeroAndClose,
    /// <summary>The name of a bound socket.</summary>
    GetSockName,
    /// <summary>SO_REUSEADDR is switched on.</summary>
    SetSockOpt,
    /// <summary>A datagram socket gets one of two peers, in turns.</summary>
    ConnectDatagram,
    /// <summary>64 octets go to a socket of the same host, whose queue is full.</summary>
    SendTo,
    /// <summary>A socket that does not wait is asked for a datagram and has none.</summary>
    ReceiveNothing,
}

/// <summary>How a table names what is timed.</summary>
internal static class FaceCalls
{
    public static IReadOnlyList<FaceCall> All { get; } = Enum.GetValues<FaceCall>();

    public static string Name(this FaceCall call) => call switch
    {
        FaceCall.BindAndClose => "open, bind to a port, close",
        FaceCall.BindToPortZeroAndClose => "open, bind to port 0, close",
        FaceCall.GetSockName => "getsockname",
        FaceCall.SetSockOpt => "setsockopt",
        FaceCall.ConnectDatagram => "connect of a datagram socket",
        FaceCall.SendTo => "sendto, 64 octets over loopback",
        _ => "recvfrom, nothing there",
    };
}
