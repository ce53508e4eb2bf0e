namespace UserNet.Tcp;

/// <content>What FreeBSD's administrator can set of the sender: net.inet.tcp.</content>
public sealed partial class TcpSettings
{
    /// <summary>net.inet.tcp.rfc3042: the first two duplicate ACKs let a new segment out each. RFC 3042. Of FreeBSD's rules.</summary>
    public bool LimitedTransmit { get; set; } = true;

    /// <summary>net.inet.tcp.do_prr: what is sent while a loss is made good follows from what arrives. RFC 6937. Of FreeBSD's rules.</summary>
    public bool ProportionalReduction { get; set; } = true;

    /// <summary>net.inet.tcp.sack.revised: losses, and what is in the network, are found as RFC 6675 has it. Of FreeBSD's rules.</summary>
    public bool RevisedSack { get; set; } = true;

    /// <summary>net.inet.tcp.sack.lrd: what is sent again and is overtaken is lost again. Of FreeBSD's rules.</summary>
    public bool DetectsLostRetransmissions { get; set; } = true;

    /// <summary>net.inet.tcp.rfc3465: the window grows by octets, and not by ACKs. RFC 3465. Of FreeBSD's rules.</summary>
    public bool CountsOctets { get; set; } = true;

    /// <summary>net.inet.tcp.abc_l_var: how many segments the window grows by at most for one ACK in slow start. RFC 3465 §2.2. Of FreeBSD's rules.</summary>
    public int OctetLimit { get; set; } = 2;

    /// <summary>net.inet.tcp.rfc3390: with <see cref="InitialWindow"/> 0, the first window is that of RFC 3390, else of RFC 5681. Of FreeBSD's rules.</summary>
    public bool LargerFirstWindow { get; set; } = true;

    /// <summary>net.inet.tcp.cc.newreno.beta: what a loss leaves of the window, percent. Of FreeBSD's rules.</summary>
    public int NewRenoBeta { get; set; } = 50;

    /// <summary>net.inet.tcp.cc.newreno.beta_ecn: what a mark leaves of it with <see cref="AlternativeBackoff"/>, percent. Of FreeBSD's rules.</summary>
    public int NewRenoBetaEcn { get; set; } = 80;

    /// <summary>net.inet.tcp.cc.abe: a mark cuts the window less than a loss does. RFC 8511. Of FreeBSD's rules.</summary>
    public bool AlternativeBackoff { get; set; }

    /// <summary>net.inet.tcp.sendbuf_auto: send buffers grow with what is in flight. Of FreeBSD's rules.</summary>
    public bool TunesSendBuffer { get; set; } = true;

    /// <summary>net.inet.tcp.sendbuf_inc: by how much, octets. Of FreeBSD's rules.</summary>
    public int SendBufferStep { get; set; } = 8192;

    /// <summary>net.inet.tcp.path_mtu_discovery: segments to other networks are as large as the link takes, and must not be cut. RFC 1191. Of FreeBSD's rules.</summary>
    public bool FindsPathMtu { get; set; } = true;

    /// <summary>
    /// net.inet.tcp.pmtud_blackhole_detection: full segments that go unanswered are made smaller: 0 for never, 1 over both versions of IP,
    /// 2 over IPv4 alone, 3 over IPv6. RFC 4821. Of FreeBSD's rules.
    /// </summary>
    public int BlackHoleDetection { get; set; }

    /// <summary>net.inet.tcp.pmtud_blackhole_mss: the first size to try then, over IPv4. Of FreeBSD's rules.</summary>
    public int BlackHoleMss { get; set; } = 1200;

    /// <summary>net.inet.tcp.v6pmtud_blackhole_mss: the same over IPv6. Of FreeBSD's rules.</summary>
    public int BlackHoleMssV6 { get; set; } = 1220;

    /// <summary>net.inet.tcp.mssdflt: the largest segment of a peer that does not say, over IPv4. RFC 9293 §3.7.1. Of FreeBSD's rules.</summary>
    public int DefaultMss { get; set; } = AgreedOptions.DefaultMssV4;

    /// <summary>net.inet.tcp.v6mssdflt: the same over IPv6. Of FreeBSD's rules.</summary>
    public int DefaultMssV6 { get; set; } = AgreedOptions.DefaultMssV6;

    /// <summary>The first window of a connection, and of one that was idle, octets.</summary>
    internal int FirstCongestionWindow(int mss)
    {
        const int Usual = 1460, Rfc3390 = 4380, Large = 2190, Small = 1095;
        if (InitialWindow > 0) return Math.Min(InitialWindow * mss, Math.Max(2 * mss, InitialWindow * Usual));
        if (LargerFirstWindow) return Math.Min(4 * mss, Math.Max(2 * mss, Rfc3390));
        return mss * (mss > Large ? 2 : mss > Small ? 3 : 4);
    }
}
