using System.Buffers.Binary;
using UserNet.Binding;
using UserNet.Time;

namespace UserNet.Sockets;

// Options that few streams have set: time stamps, memory that is lent, and what is kept to be read.
public sealed partial class NetworkSocket
{
    private const int TransmitTimeLength = 8, TimestampingLength = 8;      // struct sock_txtime, struct so_timestamping

    /// <summary>What a receive of a stream tells beside its octets.</summary>
    internal StreamReceiveFacts StreamFacts
    {
        get
        {
            using (_core.Enter())
            {
                if (_isClosed || _stream is not { ExtrasOrNone: { } extras } stream) return default;
                DateTimeOffset? stamp = extras.LastReceived is { } time ? _core.CalendarAt(time) : null;
                return new StreamReceiveFacts(extras.Form, extras.HasNewForm, extras.Timestamping, stamp, extras.TellsWhatIsLeft ? stream.WhatIsLeft : null);
            }
        }
    }

    /// <summary>The calendar's time at a time of the stack.</summary>
    internal DateTimeOffset CalendarAt(Timestamp time) => _core.CalendarAt(time);

    /// <summary>Sets an option that few streams have; null where it is none of them. Gate held.</summary>
    private BindRule? SetStreamExtra(int level, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        int number = value.Length < sizeof(int) ? 0 : ReadNumber(value);
        if (level == RawOptionLevel.Tcp && SetSignature(name, value) is { } answer) return answer;
        if (level == RawOptionLevel.Tcp) return SetTcpExtra(name, number, value.Length);
        if (level != RawOptionLevel.Socket || !IsLinux) return null;
        switch (name)
        {
            case RawOption.ReceiveStamp or RawOption.ReceiveStamp64:
                return Stream.SetStampForm(number != 0, StampForm.Micros, name == RawOption.ReceiveStamp64);
            case RawOption.ReceiveStampNanos or RawOption.ReceiveStampNanos64:
                return Stream.SetStampForm(number != 0, StampForm.Nanos, name == RawOption.ReceiveStampNanos64);
            case RawOption.Timestamping or RawOption.Timestamping64:
                return Stream.SetTimestamping(number, name == RawOption.Timestamping64);
            case RawOption.ZeroCopy:
                if (number is not (0 or 1)) return BindRule.InvalidOption;
                Stream.Extras.LendsMemory = number != 0;
                return BindRule.Granted;
            case RawOption.MaxPacingRate:
                ulong rate = value.Length >= sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(value) : number == -1 ? ulong.MaxValue : (uint)number;
                return Stream.Set(Stream.Options with { MaxPacingRate = rate });
            case RawOption.TransmitTime: return SetTransmitTime(value, caller);
            default: return null;
        }
    }

    private const int AttachedFilter = 26;      // SO_GET_FILTER

    private BindRule? SetTcpExtra(int name, int number, int length)
    {
        const int LeastMicros = 2_000, MostMicros = 200_000, LeastMillis = 1_000, MostMillis = 120_000, MostDelay = 1 << 28;
        bool isFlag = number is 0 or 1;
        if (!IsTcpExtra(name)) return null;
        if (length < sizeof(int)) return BindRule.InvalidOption;
        switch (name)
        {
            case RawTcpOption.WhatIsLeft when isFlag:
                Stream.Extras.TellsWhatIsLeft = number != 0;
                return BindRule.Granted;
            case RawTcpOption.SaveSyn when number is >= 0 and <= 2: return Stream.Set(Stream.Options with { SavesSyn = (byte)number });
            case RawTcpOption.ThinDuplicateAck when isFlag: return BindRule.Granted;
            case RawTcpOption.ThinLinearTimeouts when isFlag: return Stream.Set(Stream.Options with { LinearWhenThin = number != 0 });
            case RawTcpOption.TransmitDelay when number is >= 0 and < MostDelay: return Keep(RawOptionLevel.Tcp, name, number);
            case RawTcpOption.LongestTimeout when number is >= LeastMillis and <= MostMillis:
                return Stream.Set(Stream.Options with { LongestTimeout = TimeSpan.FromMilliseconds(number) });
            case RawTcpOption.ShortestTimeout when number is >= LeastMicros and <= MostMicros:
                return Stream.Set(Stream.Options with { ShortestTimeout = TimeSpan.FromMicroseconds(number) });
            case RawTcpOption.LongestAckDelay when number is >= LeastMicros and <= MostMicros:
                return Stream.Set(Stream.Options with { LongestAckDelay = TimeSpan.FromMicroseconds(number) });
            default: return name is RawTcpOption.CongestionInformation or RawTcpOption.IsMultipath or RawTcpOption.SavedSyn ? BindRule.UnknownOption : BindRule.InvalidOption;
        }
    }

    private static bool IsTcpExtra(int name) => name is RawTcpOption.ThinLinearTimeouts or RawTcpOption.ThinDuplicateAck or RawTcpOption.WhatIsLeft
        or RawTcpOption.TransmitDelay or RawTcpOption.IsMultipath or RawTcpOption.LongestTimeout or RawTcpOption.ShortestTimeout or RawTcpOption.LongestAckDelay
        or RawTcpOption.CongestionInformation or RawTcpOption.SaveSyn or RawTcpOption.SavedSyn;

    private BindRule SetTransmitTime(ReadOnlySpan<byte> value, in Caller caller)
    {
        const int Monotonic = 1, KnownFlags = 3, MostClock = 11;      // CLOCK_MONOTONIC, SOF_TXTIME_, CLOCK_TAI
        if (value.Length != TransmitTimeLength) return BindRule.InvalidOption;
        int clock = ReadNumber(value), flags = ReadNumber(value[sizeof(int)..]);
        if ((flags & ~KnownFlags) != 0) return BindRule.InvalidOption;
        if (clock != Monotonic && !caller.MayAdministerNetwork) return BindRule.NotPermitted;
        if (clock is not (0 or Monotonic or MostClock)) return BindRule.InvalidOption;
        return Keep(RawOptionLevel.Socket, RawOption.TransmitTime, BinaryPrimitives.ReadInt64LittleEndian(value));
    }

    private BindRule Keep(int level, int name, long value)
    {
        Stream.Extras.SetIdle(level, name, value);
        return BindRule.Granted;
    }

    /// <summary>Writes an option that few streams have; false where it is none of them. Gate held.</summary>
    private bool TryGetStreamExtra(int level, int name, Span<byte> value, out int length)
    {
        length = 0;
        StreamExtras? extras = _stream?.ExtrasOrNone;
        if (level == RawOptionLevel.Tcp && name == RawTcpOption.CongestionInformation) return true;
        if (level == RawOptionLevel.Socket && name == AttachedFilter && IsLinux) return true;      // there is none
        Span<byte> octets = stackalloc byte[sizeof(long)];
        int whole = sizeof(int);
        long? number = level == RawOptionLevel.Tcp ? TcpExtra(name) : level != RawOptionLevel.Socket || !IsLinux ? null : SocketExtra(name, value.Length, ref whole);
        if (number is null) return false;
        BinaryPrimitives.WriteInt64LittleEndian(octets, number.Value);
        length = Math.Min(whole, value.Length);
        octets[..length].CopyTo(value);
        return true;
    }

    private long? TcpExtra(int name)
    {
        const int UsualAckDelay = 200_000, UsualShortest = 200_000, UsualLongest = 120_000;
        Tcp.ConnectionOptions? options = _stream?.Options;
        return name switch
        {
            RawTcpOption.WhatIsLeft => _stream?.ExtrasOrNone is { TellsWhatIsLeft: true } ? 1 : 0,
            RawTcpOption.ThinDuplicateAck or RawTcpOption.IsMultipath => 0,
            RawTcpOption.SaveSyn => options?.SavesSyn ?? 0,
            RawTcpOption.HostSignature when _core.Tcp is { Settings.IsFreeBsd: true } => null,
            RawTcpOption.ThinLinearTimeouts => options is { LinearWhenThin: true } ? 1 : 0,
            RawTcpOption.TransmitDelay => _stream?.ExtrasOrNone?.Idle(RawOptionLevel.Tcp, name) ?? 0,
            RawTcpOption.LongestTimeout => (long)(options?.LongestTimeout?.TotalMilliseconds ?? UsualLongest),
            RawTcpOption.ShortestTimeout => (long)(options?.ShortestTimeout?.TotalMicroseconds ?? UsualShortest),
            RawTcpOption.LongestAckDelay => (long)(options?.LongestAckDelay?.TotalMicroseconds ?? UsualAckDelay),
            _ => null,
        };
    }

    private long? SocketExtra(int name, int room, ref int whole)
    {
        StreamExtras? extras = _stream?.ExtrasOrNone;
        (StampForm form, bool isNew) = (extras?.Form ?? StampForm.None, extras is { HasNewForm: true });
        switch (name)
        {
            case RawOption.ReceiveStamp: return form == StampForm.Micros && !isNew ? 1 : 0;
            case RawOption.ReceiveStamp64: return form != StampForm.None && isNew ? 1 : 0;
            case RawOption.ReceiveStampNanos or RawOption.ReceiveStampNanos64:
                return form == StampForm.Nanos && isNew == (name == RawOption.ReceiveStampNanos64) ? 1 : 0;
            case RawOption.Timestamping or RawOption.Timestamping64:
                whole = TimestampingLength;
                bool isTold = name == RawOption.Timestamping || isNew;
                return isTold && extras is not null ? extras.Timestamping : 0;
            case RawOption.ZeroCopy: return extras is { LendsMemory: true } ? 1 : 0;
            case RawOption.MaxPacingRate:
                ulong rate = _stream?.Options.MaxPacingRate ?? ulong.MaxValue;
                whole = room >= sizeof(long) ? sizeof(long) : sizeof(int);
                return whole == sizeof(long) ? (long)rate : (long)Math.Min(rate, uint.MaxValue);
            case RawOption.TransmitTime:
                whole = TransmitTimeLength;
                return extras?.Idle(RawOptionLevel.Socket, name) ?? 0;
            default: return null;
        }
    }
}

/// <summary>What a receive of a stream tells beside its octets, as options ask for it.</summary>
/// <param name="Form">SO_TIMESTAMP, SO_TIMESTAMPNS.</param>
/// <param name="HasNewForm">By the numbers of the options whose names end with _NEW.</param>
/// <param name="Timestamping">SOF_TIMESTAMPING_ flags.</param>
/// <param name="Stamp">When the last octet came that was received.</param>
/// <param name="Left">TCP_INQ: how many octets are left; null where nobody asks.</param>
internal readonly record struct StreamReceiveFacts(StampForm Form, bool HasNewForm, int Timestamping, DateTimeOffset? Stamp, int? Left);
