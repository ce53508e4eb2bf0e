using System.Net.NetworkInformation;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;

namespace UserNet.Tests.Tcp;

/// <summary>A connection of a host with FreeBSD's profile: what it sends is read as lines, numbers counted from the initial ones.</summary>
internal sealed class FreeBsdRig : IDisposable
{
    /// <summary>mss 1460, nop, wscale 6, sackOK, TS val 100 ecr 0: what FreeBSD's own SYN says.</summary>
    public static readonly byte[] AllOptions = [2, 4, 5, 0xB4, 1, 3, 3, 6, 4, 2, 8, 10, 0, 0, 0, 100, 0, 0, 0, 0];

    public static readonly byte[] Mss = [2, 4, 5, 0xB4], MssSack = [2, 4, 5, 0xB4, 4, 2, 0, 0], MssScaleSack = [2, 4, 5, 0xB4, 1, 3, 3, 6, 4, 2, 0, 0];

    public FreeBsdRig(byte[]? peer = null, Action<TcpSettings>? configure = null, ConnectionOptions? options = null, IpFamily? family = null)
    {
        Wire = new SegmentRig(new NetworkStackOptions { Tcp = TcpProfile.FreeBsd }, family: family);
        configure?.Invoke(Wire.Stack.Core.Tcp!.Settings);
        Rig = new ConnectionRig(Wire, peerPort: 5000) { PeerOptions = peer ?? Mss };
        if (options is not null) Rig.Options = options;
    }

    public SegmentRig Wire { get; }

    public ConnectionRig Rig { get; }

    public Tcb Tcb => Rig.Tcb;

    public uint Iss => Rig.Iss;

    public static FreeBsdRig In(TcpState state, byte[]? peer = null, Action<TcpSettings>? configure = null)
    {
        var rig = new FreeBsdRig(peer, configure);
        rig.Rig.Reach(state);
        return rig;
    }

    public void Dispose() => Wire.Dispose();

    /// <summary>A segment of the peer's, numbers counted from the initial ones.</summary>
    public void Get(TcpFlags flags, int seq, int? ack = null, int length = 0, byte[]? options = null, ushort window = 65_535) => Rig.Send(
        ack is null ? flags : flags | TcpFlags.Ack, ConnectionRig.PeerIss + (uint)seq, ack is { } a ? Iss + (uint)a : 0, length, options, window);

    /// <summary>What was sent since, a line a segment.</summary>
    public string[] Sent() => [.. Wire.TakeSent().Select(Line)];

    public void PassMs(double milliseconds) => Wire.Pass(TimeSpan.FromMilliseconds(milliseconds));

    private string Line(SeenSegment s)
    {
        string flags = "";
        foreach ((TcpFlags flag, char name) in new[] { (TcpFlags.Syn, 'S'), (TcpFlags.Fin, 'F'), (TcpFlags.Rst, 'R'), (TcpFlags.Psh, 'P'), (TcpFlags.Ece, 'E'), (TcpFlags.Cwr, 'W'), (TcpFlags.Ack, '.') })
            if ((s.Flags & flag) != 0) flags += name;
        uint seq = s.Seq - Iss;
        string line = $"{flags} {seq}:{seq + s.Payload.Length}({s.Payload.Length})";
        if ((s.Flags & TcpFlags.Ack) != 0) line += $" ack {s.Ack - ConnectionRig.PeerIss}";
        line += $" win {s.Window}";
        return s.Options.Length > 0 ? line + $" <{Names(s.Options)}>" : line;
    }

    /// <summary>Options as a script writes them, the values of timestamps left out.</summary>
    public static string Names(ReadOnlySpan<byte> options)
    {
        var names = new List<string>();
        for (int i = 0; i < options.Length;)
        {
            if (options[i] <= 1)
            {
                names.Add(options[i++] == 0 ? "eol" : "nop");
                continue;
            }

            ReadOnlySpan<byte> data = options[(i + 2)..(i + options[i + 1])];
            names.Add((TcpOptionKind)options[i] switch
            {
                TcpOptionKind.MaximumSegmentSize => $"mss {(data[0] << 8) | data[1]}",
                TcpOptionKind.WindowScale => $"wscale {data[0]}",
                TcpOptionKind.SackPermitted => "sackOK",
                TcpOptionKind.Timestamps => "TS",
                TcpOptionKind.FastOpen => data.IsEmpty ? "FO" : $"FO {Convert.ToHexStringLower(data)}",
                TcpOptionKind.Sack => "sack" + Blocks(data),
                var kind => $"kind {(byte)kind}",
            });
            i += options[i + 1];
        }

        return string.Join(',', names);
    }

    private static string Blocks(ReadOnlySpan<byte> data)
    {
        string blocks = "";
        for (int i = 0; i < data.Length; i += 8)
            blocks += $" {Number(data[i..])}:{Number(data[(i + 4)..])}";
        return blocks;
    }

    private static uint Number(ReadOnlySpan<byte> octets) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(octets) - ConnectionRig.PeerIss;
}
