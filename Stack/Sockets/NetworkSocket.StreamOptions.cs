using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Tcp;

namespace UserNet.Sockets;

// The options of streams, by .NET's names and by Linux's numbers.
public sealed partial class NetworkSocket
{
    private const int LingerLength = 8;       // struct linger: on or off, seconds
    private const int MostName = 15;          // TCP_CA_NAME_MAX - 1
    private const int MemoryNumbers = 9;

    private bool _neverFragments;

    /// <summary>TCP_NODELAY: small segments are sent at once, though others are not acknowledged yet. Off at first.</summary>
    /// <exception cref="NetworkException">ProtocolOption (no stream).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool NoDelay
    {
        get => GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay) != 0;
        set => SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay, value);
    }

    /// <summary>
    /// SO_LINGER: off at first. With a time of 0 close breaks the connection by a reset; with another it waits until all is acknowledged,
    /// for that time at most.
    /// </summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    /// <exception cref="NetworkException">ProtocolOption (no stream).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public LingerOption LingerState
    {
        get
        {
            Span<byte> value = stackalloc byte[LingerLength];
            GetRawSocketOption(RawOptionLevel.Socket, RawOption.Linger, value);
            return new LingerOption(value[0] != 0, BinaryPrimitives.ReadInt32LittleEndian(value[4..]));
        }

        set
        {
            ThrowIfClosed();
            SetLinger(value);
        }
    }

    private void SetLinger(LingerOption optionValue)
    {
        ArgumentNullException.ThrowIfNull(optionValue);
        if ((uint)optionValue.LingerTime > ushort.MaxValue)
            throw new ArgumentException($"{optionValue.LingerTime} s are none from 0 to {ushort.MaxValue}.", nameof(optionValue));
        Span<byte> octets = stackalloc byte[LingerLength];
        octets[0] = optionValue.Enabled ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(octets[4..], optionValue.LingerTime);
        SetRawSocketOption(RawOptionLevel.Socket, RawOption.Linger, octets);
    }

    /// <summary>SO_KEEPALIVE: a silent peer is probed, and the connection ends by TimedOut when it does not answer. RFC 9293 §3.8.4.</summary>
    /// <exception cref="NetworkException">ProtocolOption (no stream).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool KeepAlive
    {
        get => GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive) != 0;
        set => SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, value);
    }

    /// <summary>FIONREAD's other side, SIOCOUTQ: octets of a stream that were sent and are not acknowledged by the peer.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int Unacknowledged
    {
        get
        {
            using (_core.Enter())
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                return _stream?.Unsent ?? 0;
            }
        }
    }

    /// <summary>SIOCOUTQNSD: octets that were written and never sent. ObjectDisposedException when the socket is closed.</summary>
    internal int NeverSent
    {
        get
        {
            using (_core.Enter())
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                return _stream?.Connection is { IsGone: false, IsSynchronized: true } tcb ? Math.Max(0, tcb.Written.End - tcb.Snd.Nxt) : 0;
            }
        }
    }

    /// <summary>SIOCATMARK: true when the octet that is read next is the last urgent one. RFC 6093.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool IsAtMark
    {
        get
        {
            using (_core.Enter())
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                return _stream is { IsAtMark: true };
            }
        }
    }

    /// <summary>TCP_INFO: how the connection does; of a socket without one, its state alone.</summary>
    /// <exception cref="NetworkException">ProtocolOption (no stream).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public TcpInfo Info
    {
        get
        {
            using (_core.Enter())
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                if (!_binding.IsStream) throw OptionRefused(BindRule.UnknownOption, "TCP_INFO");
                return InfoNow();
            }
        }
    }

    private TcpInfo InfoNow()
    {
        bool isFreeBsd = _core.Tcp?.Settings.IsFreeBsd is true;
        if (_stream?.Connection is { } tcb)
        {
            TcpInfo info = tcb.Snapshot(_core.Now);
            // To Linux what is in TIME-WAIT is no more its socket's.
            bool isOver = !isFreeBsd && info.State == System.Net.NetworkInformation.TcpState.TimeWait;
            return isOver ? info with { State = System.Net.NetworkInformation.TcpState.Closed } : info;
        }

        if (IsListening) return new TcpInfo { State = System.Net.NetworkInformation.TcpState.Listen };
        return isFreeBsd ? new TcpInfo { State = System.Net.NetworkInformation.TcpState.Closed } : Tcb.InfoBefore(_core.Tcp?.Settings, _stream?.LastInfo);
    }

    private static (int Level, int Name) RawNameOfStream(SocketOptionLevel level, SocketOptionName name) => (level, name) switch
    {
        (SocketOptionLevel.Socket, SocketOptionName.KeepAlive) => (RawOptionLevel.Socket, RawOption.KeepAlive),
        (SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline) => (RawOptionLevel.Socket, RawOption.UrgentInline),
        (SocketOptionLevel.Socket, SocketOptionName.ReceiveLowWater) => (RawOptionLevel.Socket, RawOption.ReceiveLowWater),
        (SocketOptionLevel.Socket, SocketOptionName.SendLowWater) => (RawOptionLevel.Socket, RawOption.SendLowWater),
        (SocketOptionLevel.Socket, SocketOptionName.ReceiveBuffer) => (RawOptionLevel.Socket, RawOption.ReceiveBuffer),
        (SocketOptionLevel.Socket, SocketOptionName.SendBuffer) => (RawOptionLevel.Socket, RawOption.SendBuffer),
        (SocketOptionLevel.IP, SocketOptionName.IpTimeToLive) => (RawOptionLevel.Ip, RawOption.TimeToLive),
        (SocketOptionLevel.IP, SocketOptionName.TypeOfService) => (RawOptionLevel.Ip, RawOption.TypeOfService),
        (SocketOptionLevel.IPv6, SocketOptionName.IpTimeToLive or SocketOptionName.HopLimit) => (RawOptionLevel.IpV6, RawOption.V6UnicastHops),
        (SocketOptionLevel.Tcp, SocketOptionName.NoDelay) => (RawOptionLevel.Tcp, RawTcpOption.NoDelay),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime) => (RawOptionLevel.Tcp, RawTcpOption.KeepAliveIdle),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval) => (RawOptionLevel.Tcp, RawTcpOption.KeepAliveInterval),
        (SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount) => (RawOptionLevel.Tcp, RawTcpOption.KeepAliveCount),
        (SocketOptionLevel.Tcp, SocketOptionName.FastOpen) => (RawOptionLevel.Tcp, RawTcpOption.FastOpen),
        _ => default,
    };

    private BindRule SetStreamOption(SocketOptionLevel level, SocketOptionName name, int value)
    {
        if ((level, name) == (SocketOptionLevel.Socket, SocketOptionName.DontLinger))
            return Stream.Set(Stream.Options with { Linger = value != 0 ? null : Stream.Options.Linger ?? TimeSpan.Zero });
        if ((level, name) == (SocketOptionLevel.IP, SocketOptionName.DontFragment))
        {
            _neverFragments = value != 0;      // what is asked for: a stream's packets never are
            return BindRule.Granted;
        }

        (int rawLevel, int rawName) = RawNameOfStream(level, name);
        return rawName == 0 ? BindRule.UnknownOption : Stream.SetNumber(rawLevel, rawName, value);
    }

    private BindRule GetStreamOption(SocketOptionLevel level, SocketOptionName name, out int value)
    {
        value = 0;
        if ((level, name) == (SocketOptionLevel.Socket, SocketOptionName.DontLinger))
        {
            value = Stream.Options.Linger is null ? 1 : 0;
            return BindRule.Granted;
        }

        if ((level, name) == (SocketOptionLevel.IP, SocketOptionName.DontFragment))
        {
            value = _neverFragments ? 1 : 0;
            return BindRule.Granted;
        }

        (int rawLevel, int rawName) = RawNameOfStream(level, name);
        return rawName == 0 ? BindRule.UnknownOption : GetStreamNumber(rawLevel, rawName, out value);
    }

    private BindRule GetStreamNumber(int level, int name, out int value)
    {
        int? number = Stream.Number(level, name);
        value = number ?? 0;
        if (number is not null) return BindRule.Granted;
        bool isMtu = (level == RawOptionLevel.Ip && name == RawOption.Mtu) || (level == RawOptionLevel.IpV6 && name == RawOption.V6Mtu && _binding.IsV6);
        return isMtu ? BindRule.NotConnected : BindRule.UnknownOption;
    }

    /// <summary>Sets an option by Linux's number that a stream alone has.</summary>
    private BindRule SetRawStreamOption(int level, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        if (SetStreamExtra(level, name, value, caller) is { } answer) return answer;
        switch (level, name)
        {
            case (RawOptionLevel.Tcp, RawTcpOption.Congestion): return SetCongestion(value);
            case (RawOptionLevel.Tcp, RawTcpOption.FastOpenKey):
                if (value.Length is not (FastOpenCookies.KeyLength or 2 * FastOpenCookies.KeyLength)) return BindRule.InvalidOption;
                var cookies = new FastOpenCookies(value[..FastOpenCookies.KeyLength], value[FastOpenCookies.KeyLength..]);
                return Stream.Set(Stream.Options with { FastOpenCookies = cookies });
            case (RawOptionLevel.Socket, RawOption.Linger):
                if (value.Length < LingerLength) return BindRule.InvalidOption;
                return SetLinger(ReadNumber(value), ReadNumber(value[sizeof(int)..]));
            case (RawOptionLevel.Socket, RawOption.ReceiveTimeout or RawOption.SendTimeout): return SetRawTimeout(name, value);
            case (RawOptionLevel.Socket, RawOption.SendBufferForce or RawOption.ReceiveBufferForce):
                if (!caller.MayAdministerNetwork) return BindRule.NotPermitted;
                return value.Length < sizeof(int)
                    ? BindRule.InvalidOption
                    : Stream.SetBuffer(name == RawOption.SendBufferForce, Math.Max(ReadNumber(value), 0), isForced: true);
            case (RawOptionLevel.Ip, _) when value.Length is >= 1 and < sizeof(int): return Stream.SetNumber(level, name, value[0]);
            case (RawOptionLevel.IpV6, _) when !_binding.IsV6: return BindRule.UnknownOption;
            case (RawOptionLevel.Tcp, not RawTcpOption.UpperLayer) when value.Length < sizeof(int): return BindRule.InvalidOption;
            case (RawOptionLevel.Tcp, _) when !StreamChannel.IsKnownTcp(name):
            case (not (RawOptionLevel.Tcp or RawOptionLevel.Socket or RawOptionLevel.Ip or RawOptionLevel.IpV6), _):
            case (RawOptionLevel.Ip, not (RawOption.TimeToLive or RawOption.TypeOfService or RawOption.ReceiveErrors or RawOption.MinTimeToLive or RawOption.MtuDiscover)):
            case (RawOptionLevel.IpV6, _) when !IsStreamV6(name): return BindRule.UnknownOption;
            case (RawOptionLevel.IpV6, RawOption.V6AutoFlowLabel) when value.Length < sizeof(int): return Stream.SetNumber(level, name, 0);
            case (RawOptionLevel.Socket, _) when value.Length < sizeof(int): return BindRule.UnknownOption;      // a device's name alone comes here
            default: return value.Length < sizeof(int) ? BindRule.InvalidOption : Stream.SetNumber(level, name, ReadNumber(value));
        }
    }

    /// <summary>Writes as much of an option as fits that a stream alone has, and says how long it is.</summary>
    private BindRule TryGetRawStreamOption(int level, int name, Span<byte> value, out int length)
    {
        if (TryGetStreamExtra(level, name, value, out length)) return BindRule.Granted;
        switch (level, name)
        {
            case (RawOptionLevel.Tcp, RawTcpOption.Congestion):
                Span<byte> congestion = stackalloc byte[MostName + 1];
                congestion.Clear();
                Encoding.ASCII.GetBytes(NameOf(Stream.Options.Congestion ?? _core.Tcp?.Settings.Congestion ?? default), congestion);
                return Copy(congestion, value, out length);
            case (RawOptionLevel.Tcp, RawTcpOption.FastOpenKey):
                return Copy(Stream.Options.FastOpenCookies is { } own ? own.Keys : default, value, out length);
            case (RawOptionLevel.Tcp, RawTcpOption.SavedSyn): return TakeSavedSyn(value, out length);
            case (RawOptionLevel.Tcp, RawTcpOption.Information):
                Span<byte> info = stackalloc byte[TcpInfo.Length];
                InfoNow().Write(info);
                return Copy(info, value, out length);
            case (RawOptionLevel.Socket, RawOption.MemoryInformation):
                Span<int> numbers = stackalloc int[MemoryNumbers];
                Stream.WriteMemory(numbers);
                return Copy(MemoryMarshal.AsBytes(numbers), value, out length);
            case (RawOptionLevel.Socket, RawOption.Linger):
                Span<byte> linger = stackalloc byte[LingerLength];
                BinaryPrimitives.WriteInt32LittleEndian(linger, Stream.Options.Linger is null ? 0 : 1);
                BinaryPrimitives.WriteInt32LittleEndian(linger[sizeof(int)..], (int)(Stream.Options.Linger?.TotalSeconds ?? 0));
                return Copy(linger, value, out length);
            case (RawOptionLevel.Socket, RawOption.ReceiveTimeout or RawOption.SendTimeout): return GetRawTimeout(name, value, out length);
            case (RawOptionLevel.IpV6, RawOption.V6PathMtu): return GetStreamPathMtu(value, out length);
            case (RawOptionLevel.Socket, RawOption.Error):
                length = RawOptions.Write(level, name, (int)(_stream?.TakeErrorOrReport() ?? Errno.Success), value);
                return BindRule.Granted;
            default:
                BindRule rule = GetStreamNumber(level, name, out int number);
                if (rule == BindRule.Granted) length = RawOptions.Write(level, name, number, value);
                return rule;
        }
    }

    // Read once, and whole: it is let go of then.
    private BindRule TakeSavedSyn(Span<byte> value, out int length)
    {
        byte[] saved = _stream?.Connection?.SavedSyn ?? [];
        length = saved.Length;
        if (saved.Length > value.Length) return BindRule.InvalidOption;
        saved.CopyTo(value);
        if (saved.Length > 0) _stream!.Connection!.SavedSyn = null;
        return BindRule.Granted;
    }

    private static bool IsStreamV6(int name) => name is RawOption.V6UnicastHops or RawOption.V6TrafficClass or RawOption.V6ReceiveErrors
        or RawOption.V6AutoFlowLabel or RawOption.V6MinHopLimit or RawOption.V6MtuDiscover;

    private BindRule GetStreamPathMtu(Span<byte> value, out int length)
    {
        length = 0;
        if (!_binding.IsV6) return BindRule.UnknownOption;
        if (value.Length < PathMtuLength) return BindRule.InvalidOption;
        if (Stream.Number(RawOptionLevel.IpV6, RawOption.V6PathMtu) is not { } mtu) return BindRule.NotConnected;
        length = WritePathMtu(value, mtu);
        return BindRule.Granted;
    }

    private BindRule SetLinger(int onOff, int seconds) => Stream.Set(
        Stream.Options with { Linger = onOff == 0 ? null : TimeSpan.FromSeconds(Math.Max(seconds, 0)) });

    private BindRule SetCongestion(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return BindRule.InvalidOption;
        value = value[..Math.Min(value.Length, MostName)];
        int end = value.IndexOf((byte)0);
        if (end >= 0) value = value[..end];
        foreach (CongestionAlgorithm algorithm in (ReadOnlySpan<CongestionAlgorithm>)[CongestionAlgorithm.Cubic, CongestionAlgorithm.NewReno])
        {
            if (!Ascii.Equals(value, NameOf(algorithm))) continue;
            return Stream.Set(Stream.Options with { Congestion = algorithm });
        }

        return BindRule.UnknownName;
    }

    private string NameOf(CongestionAlgorithm algorithm) =>
        algorithm == CongestionAlgorithm.Cubic ? "cubic" : _core.Tcp is { Settings.IsFreeBsd: true } ? "newreno" : "reno";

    private static int ReadNumber(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt32LittleEndian(value);

    private static BindRule Copy(ReadOnlySpan<byte> option, Span<byte> value, out int length)
    {
        length = Math.Min(value.Length, option.Length);
        option[..length].CopyTo(value);
        return BindRule.Granted;
    }
}
