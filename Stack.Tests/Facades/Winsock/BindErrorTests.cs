using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>What bind and WSPBind are answered, each fault by itself, and of two faults the one that is looked at first.</summary>
public sealed class BindErrorTests
{
    /// <summary>The faults in the order of the steps; of one step only one can be had.</summary>
    public enum Fault
    {
        NotStarted,
        NetworkDown,
        NotASocket,
        InCallback,
        NullName,
        ShortName,
        OtherFamily,
        AlreadyBound,
        BoundBySendTo,
        Broadcast,
        NotLocal,
        InUse,
        Denied,
        Exhausted,
    }

    // Of each fault, what it is answered and at which step of the order it is found.
    private static (WsaError Code, int Step) Of(Fault fault) => fault switch
    {
        Fault.NotStarted => (WsaError.WSANOTINITIALISED, 1),
        Fault.NetworkDown => (WsaError.WSAENETDOWN, 2),
        Fault.NotASocket => (WsaError.WSAENOTSOCK, 3),
        Fault.InCallback => (WsaError.WSAEINPROGRESS, 4),
        Fault.NullName or Fault.ShortName => (WsaError.WSAEFAULT, 5),
        Fault.OtherFamily => (WsaError.WSAEFAULT, 6),
        Fault.AlreadyBound or Fault.BoundBySendTo => (WsaError.WSAEINVAL, 7),
        Fault.Broadcast => (WsaError.WSAEACCES, 8),
        Fault.NotLocal => (WsaError.WSAEADDRNOTAVAIL, 9),
        Fault.InUse => (WsaError.WSAEADDRINUSE, 10),
        Fault.Denied => (WsaError.WSAEACCES, 10),
        _ => (WsaError.WSAENOBUFS, 11),
    };

    // What can't be had together: a handle that is none has no state; a process has to be there to call back; a port that is in use is not 0.
    private static bool GoTogether(Fault first, Fault second) => (first, second) switch
    {
        _ when Of(first).Step == Of(second).Step => false,
        (Fault.NotStarted, Fault.InCallback) => false,
        (Fault.Broadcast, Fault.NotLocal) or (Fault.Broadcast, Fault.Denied) => false,
        (Fault.NotLocal, Fault.InUse or Fault.Denied) => false,
        (Fault.InUse or Fault.Denied, Fault.Exhausted) => false,
        _ => true,
    };

    public static TheoryData<Fault, bool> OneByOne()
    {
        var rows = new TheoryData<Fault, bool>();
        foreach (Fault fault in Enum.GetValues<Fault>())
            foreach (bool isProvider in new[] { false, true }) rows.Add(fault, isProvider);
        return rows;
    }

    public static TheoryData<Fault, Fault, bool> Pairs()
    {
        var rows = new TheoryData<Fault, Fault, bool>();
        Fault[] all = Enum.GetValues<Fault>();
        foreach (Fault first in all)
            foreach (Fault second in all)
                if (first < second && GoTogether(first, second))
                    foreach (bool isProvider in new[] { false, true }) rows.Add(first, second, isProvider);
        Assert.True(rows.Count > 120, $"{rows.Count} rows");
        return rows;
    }

    [Theory]
    [MemberData(nameof(OneByOne))]
    public void Each_fault_has_its_code(Fault fault, bool isProvider) => Assert.Equal(Of(fault).Code, Bind([fault], isProvider));

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Of_two_faults_the_one_that_is_looked_at_first_is_told(Fault first, Fault second, bool isProvider) =>
        Assert.Equal(Of(first).Code, Bind([first, second], isProvider));

    [Fact]
    public void Without_a_fault_there_is_no_error()
    {
        Assert.Equal(WsaError.Success, Bind([], isProvider: false));
        Assert.Equal(WsaError.Success, Bind([], isProvider: true));
    }

    [Theory]
    [InlineData(Fault.Denied, WsaError.WSAEADDRINUSE)]
    [InlineData(Fault.Broadcast, WsaError.WSAEACCES)]      // no matter of sharing
    public void A_provider_may_know_no_denial(Fault fault, WsaError expected) =>
        Assert.Equal(expected, Bind([fault], isProvider: true, provider => provider.AnswersDenialAsInUse = true));

    [Theory]
    [InlineData(15, WsaError.WSAEFAULT)]      // cases 5 to 9
    [InlineData(0, WsaError.WSAEFAULT)]
    [InlineData(-1, WsaError.WSAEFAULT)]
    [InlineData(int.MinValue, WsaError.WSAEFAULT)]
    [InlineData(16, WsaError.Success)]
    [InlineData(128, WsaError.Success)]
    [InlineData(129, WsaError.Success)]
    [InlineData(200, WsaError.Success)]
    [InlineData(201, WsaError.WSAEFAULT)]     // more than there is
    public void A_name_of_IPv4_has_16_octets_or_more(int length, WsaError expected)
    {
        using var rig = new WinsockRig();
        byte[] name = new byte[200];
        WinsockRig.Octets("127.0.0.1:5000").CopyTo(name, 0);
        Assert.Equal(expected, rig.Code(rig.Process.bind(rig.Open("udp4"), name, length)));
    }

    [Theory]
    [InlineData(23, WsaError.WSAEFAULT)]
    [InlineData(24, WsaError.WSAEFAULT)]
    [InlineData(27, WsaError.WSAEFAULT)]
    [InlineData(28, WsaError.Success)]
    public void A_name_of_IPv6_has_28_octets_or_more(int length, WsaError expected)
    {
        using var rig = new WinsockRig();
        Assert.Equal(expected, rig.Code(rig.Process.bind(rig.Open("udp6"), WinsockRig.Octets("[::1]:5000"), length)));
    }

    [Fact]
    public void A_bind_that_is_refused_changes_nothing_and_one_that_is_granted_leaves_the_error_alone()
    {
        using var rig = new WinsockRig();
        rig.OpenBound("tcp4", "127.0.0.1:5000");
        SOCKET s = rig.Open("tcp4");
        Assert.Equal(WsaError.WSAEADDRINUSE, rig.Bind(s, "127.0.0.1:5000"));
        Assert.Equal("WSAEINVAL", rig.NameOf(s));
        rig.Process.WSASetLastError(WsaError.WSAEDISCON);
        Assert.Equal(WsaError.Success, rig.Bind(s, "127.0.0.1:5001"));
        Assert.Equal(WsaError.WSAEDISCON, rig.LastError);
        WsaError untouched = WsaError.WSAELOOP;
        byte[] name = WinsockRig.Octets("127.0.0.1:5002");
        Assert.Equal(0, rig.Table.WSPBind(rig.Open("tcp4"), name, name.Length, ref untouched));
        Assert.Equal(WsaError.WSAELOOP, untouched);
        Assert.Equal(SOCKET_ERROR, rig.Table.WSPBind(SOCKET.Invalid, name, name.Length, ref untouched));
        Assert.Equal((WsaError.WSAENOTSOCK, WsaError.WSAEDISCON), (untouched, rig.LastError));      // a provider has no last error
    }

    private static WsaError Bind(Fault[] faults, bool isProvider, Action<ServiceProvider>? change = null)
    {
        bool Has(Fault fault) => faults.Contains(fault);
        using var rig = new WinsockRig(settings: settings =>
        {
            if (Has(Fault.Exhausted)) settings.EphemeralPorts = new PortRange(50_000, 50_001);
        });
        change?.Invoke(rig.Process.Provider);
        string address = Has(Fault.Broadcast) ? "255.255.255.255" : Has(Fault.NotLocal) ? "10.9.9.9" : "127.0.0.1";
        SOCKET s = Has(Fault.NotASocket) ? new SOCKET(0xDEAC) : rig.Open("udp4");
        if (Has(Fault.AlreadyBound) && !Has(Fault.NotASocket)) Assert.Equal(WsaError.Success, rig.Bind(s, "127.0.0.1:5001"));
        if (Has(Fault.BoundBySendTo) && !Has(Fault.NotASocket)) Assert.Equal(WsaError.Success, rig.SendTo(s, "127.0.0.1:9"));
        if (Has(Fault.InUse)) rig.OpenBound("udp4", $"{address}:5000", SO_BROADCAST);
        if (Has(Fault.Denied))
        {
            rig.OpenBound("udp4", "127.0.0.1:5000", SO_EXCLUSIVEADDRUSE);
            if (!Has(Fault.NotASocket)) rig.Set(s, SOL_SOCKET, SO_REUSEADDR, 1);
        }

        if (Has(Fault.Exhausted))
        {
            foreach (int port in new[] { 50_000, 50_001 })
                if (!(Has(Fault.BoundBySendTo) && !Has(Fault.NotASocket) && rig.PortOf(s) == port)) rig.OpenBound("udp4", $"0.0.0.0:{port}", SO_EXCLUSIVEADDRUSE);
            foreach (int port in new[] { 50_000, 50_001 }) _ = rig.Bind(rig.Open("udp4"), $"127.0.0.1:{port}");
        }

        byte[]? name = Has(Fault.NullName) ? null : WinsockRig.Octets($"{address}:{(Has(Fault.Exhausted) ? 0 : 5000)}");
        if (name is not null && Has(Fault.OtherFamily)) name[0] = AF_INET6;
        int length = Has(Fault.ShortName) ? 15 : 16;
        WsaError Call()
        {
            if (Has(Fault.NetworkDown)) rig.Process.Provider.NetworkHasFailed = true;
            WsaError error = WsaError.WSAELOOP;
            int result = isProvider ? rig.Table.WSPBind(s, name, length, ref error) : rig.Process.bind(s, name, length);
            rig.Process.Provider.NetworkHasFailed = false;
            if (isProvider) return result == 0 ? WsaError.Success : error;
            return result == 0 ? WsaError.Success : rig.LastError;
        }

        if (Has(Fault.InCallback)) return InCallback(rig, Call);
        if (!Has(Fault.NotStarted)) return Call();
        WsaError ignored = default;
        rig.Table.WSPCleanup(ref ignored);
        Assert.Equal(0, rig.Process.WSACleanup());
        return Call();
    }

    /// <summary>Runs something in the condition function of an accept.</summary>
    private static WsaError InCallback(WinsockRig rig, Func<WsaError> call)
    {
        SOCKET listener = rig.OpenBound("tcp4", "127.0.0.1:4999"), client = rig.Open("tcp4");
        Assert.Equal(WsaError.Success, rig.Listen(listener));
        Assert.Equal(WsaError.Success, rig.Connect(client, "127.0.0.1:4999"));
        WsaError answer = WsaError.WSAEDISCON;
        int none = 0;
        SOCKET server = rig.Process.WSAAccept(listener, default, ref none, (_, _, _) =>
        {
            answer = call();
            return CF_ACCEPT;
        }, 0);
        Assert.NotEqual(INVALID_SOCKET, server);
        return answer;
    }
}
