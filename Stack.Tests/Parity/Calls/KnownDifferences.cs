namespace UserNet.Tests.Parity.Calls;

/// <summary>A kind of difference between the C library and the POSIX face that is meant.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Why">Why it is left.</param>
/// <param name="Ends">Whether the two go different ways from there.</param>
/// <param name="Is">Whether what the kernel and the face answered to a call is of this kind.</param>
internal sealed record KnownDifference(string Name, string Why, bool Ends, Func<Call, CallAnswer, CallAnswer, bool> Is);

/// <summary>The kinds of differences that are meant: five at most.</summary>
internal static class KnownDifferences
{
    private const int NoSuchOption = -92, Invalid = -22, NotSupported = -95, NoSuchType = -94, NoSuchProtocol = -93, NoSuchFamily = -97, More = 0x8000, Urgent = 1, UnsentOctets = 0x5411;

    public static IReadOnlyList<KnownDifference> All { get; } =
    [
        new("options without effect", "An option that would do nothing here is refused, never swallowed.", Ends: false, static (call, kernel, here) =>
            call.Kind is CallKind.SetSockOpt or CallKind.GetSockOpt && (here.Value is NoSuchOption or Invalid && kernel.Value != here.Value
                || (call.A, call.B) is (41, 17 or 18) or (0, 32 or 33) && call.Kind == CallKind.GetSockOpt && kernel.Value == 0)),
        new("nothing is corked", "Datagrams are not put together by MSG_MORE.", Ends: true, static (call, kernel, here) =>
            call.Kind is CallKind.Send or CallKind.SendTo or CallKind.SendMsg && (call.Flags & More) != 0 && here.Value == NotSupported),
        new("urgent data is inline", "SO_OOBINLINE is always on, as RFC 6093 advises, and AF_UNIX has no urgent octet.", Ends: true, static (call, kernel, here) =>
            (call.Kind is CallKind.SetSockOpt or CallKind.GetSockOpt && (call.A, call.B) == (1, 10))
            || (call.Kind is not CallKind.Accept4 && (call.Flags & Urgent) != 0 && here.Value is NotSupported or Invalid)),
        new("other protocols", "Of AF_INET and AF_INET6 there are TCP, UDP, ICMP echoes and raw sockets; other families are not here.", Ends: true, static (call, kernel, here) =>
            call.Kind is CallKind.Socket or CallKind.SocketPair && here.Value is NoSuchType or NoSuchProtocol or NoSuchFamily or Invalid && kernel.Value >= 0),
        new("numbers of a host's own", "A packet's identification is drawn, and segment size, window clamp, unsent octets and path MTU of a closed stream are what is left of it.",
            Ends: false, static (call, kernel, here) =>
                (kernel.Value == here.Value && Masked(kernel.Written) is { } known && known == Masked(here.Written))
                || (call.Kind == CallKind.GetSockOpt && kernel.Value == 0 && (call.A, call.B) is (6, 2 or 10) or (0, 14))
                || (call.Kind == CallKind.IoControl && call.A == UnsentOctets && kernel.Value == here.Value)),
    ];

    /// <summary>What is left of a packet's hexadecimal digits without identification and checksum; null of what is none.</summary>
    private static string? Masked(string written) =>
        written.Length >= 40 && written.StartsWith("4", StringComparison.Ordinal) ? written[..8] + written[12..20] + written[24..] : null;

    /// <summary>The kind that a difference is of, or null.</summary>
    public static KnownDifference? Find(Call call, CallAnswer kernel, CallAnswer here) => All.FirstOrDefault(known => known.Is(call, kernel, here));
}
