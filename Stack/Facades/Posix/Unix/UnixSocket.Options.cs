using System.Buffers.Binary;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

// Options: those of SOL_SOCKET that do something here, or that every socket takes.
internal sealed partial class UnixSocket
{
    private const int Debug = 1, DontRoute = 5, Priority = 12, PassCredentials = 16, PeerCredentials = 17, PeerName = 28;
    private const int ReceiveTimeoutNew = 66, SendTimeoutNew = 67, Inquire = 84;
    private const int DefaultBuffer = 212_992, MostBuffer = 4_194_304, LeastSendBuffer = 4608, LeastReceiveBuffer = 2304;
    private const int CredentialsLength = 12, LingerLength = 8, MostFreePriority = 6;

    private int _sendBuffer = DefaultBuffer, _receiveBuffer = DefaultBuffer, _receiveLowWater = 1, _priority;
    private bool _passesCredentials, _lingers;
    private int _lingerSeconds;
    private TimeSpan? _sendTimeout, _receiveTimeout;      // null for ever
    private ulong _flags;      // options by their number that are on and do nothing

    /// <inheritdoc/>
    public override int SetOption(int level, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        if (level != SOL_SOCKET) return -(int)Errno.EOPNOTSUPP;
        if (name == RawOption.BindToDevice) return -(int)Errno.ENOPROTOOPT;
        if (value.Length < sizeof(int)) return -(int)Errno.EINVAL;
        int number = BinaryPrimitives.ReadInt32LittleEndian(value);
        using (_core.Enter())
        {
            switch (name)
            {
                case RawOption.SendTimeout or SendTimeoutNew: return SetTime(value, ref _sendTimeout);
                case RawOption.ReceiveTimeout or ReceiveTimeoutNew: return SetTime(value, ref _receiveTimeout);
                case RawOption.SendBuffer:
                    SetSendBuffer((int)Math.Min((uint)number, MostBuffer));
                    return 0;
                case RawOption.ReceiveBuffer:
                    _receiveBuffer = Math.Max((int)Math.Min((uint)number, MostBuffer) * 2, LeastReceiveBuffer);
                    return 0;
                case RawOption.SendBufferForce or RawOption.ReceiveBufferForce: return Force(name, number, caller);
                case RawOption.ReceiveLowWater:
                    _receiveLowWater = number < 0 ? int.MaxValue : Math.Max(number, 1);
                    return 0;
                case PassCredentials:
                    _passesCredentials = number != 0;
                    return 0;
                case RawOption.Linger: return SetLinger(value);
                case Priority: return SetPriority(number, caller);
                case RawOption.ReusePort: return number == 0 ? 0 : -(int)Errno.EOPNOTSUPP;
                case Debug when number != 0 && !caller.MayAdministerNetwork: return -(int)Errno.EACCES;
                default: return SetFlag(name, number != 0);
            }
        }
    }

    /// <inheritdoc/>
    public override int RefuseUnreadable(int level, int name, int length)
    {
        if (level != SOL_SOCKET) return -(int)Errno.EOPNOTSUPP;
        if (name == RawOption.BindToDevice) return -(int)Errno.ENOPROTOOPT;
        return length < sizeof(int) ? -(int)Errno.EINVAL : -(int)Errno.EFAULT;
    }

    /// <inheritdoc/>
    public override int RefuseLength(int level, int name) => level == SOL_SOCKET ? -(int)Errno.EINVAL : -(int)Errno.EOPNOTSUPP;

    /// <inheritdoc/>
    public override int GetOption(int level, int name, Span<byte> value)
    {
        if (level != SOL_SOCKET) return -(int)Errno.EOPNOTSUPP;
        Span<byte> octets = stackalloc byte[SocketAddress.StorageLength];
        octets.Clear();
        using (_core.Enter())
        {
            int length = sizeof(int);
            switch (name)
            {
                case RawOption.SendTimeout or SendTimeoutNew: length = WriteTime(_sendTimeout, octets); break;
                case RawOption.ReceiveTimeout or ReceiveTimeoutNew: length = WriteTime(_receiveTimeout, octets); break;
                case PeerCredentials: length = Write(_peerCredentials, octets); break;
                case RawOption.Linger:
                    BinaryPrimitives.WriteInt32LittleEndian(octets, _lingers ? 1 : 0);
                    BinaryPrimitives.WriteInt32LittleEndian(octets[4..], _lingerSeconds);
                    length = LingerLength;
                    break;
                case PeerName:
                    if (_peer is null) return -(int)Errno.ENOTCONN;
                    length = _peer.WriteName(octets);
                    if (length < value.Length) return -(int)Errno.EINVAL;      // there may not be more room than it needs
                    break;
                default:
                    if (NumberOf(name) is not { } number) return -(int)Errno.ENOPROTOOPT;
                    BinaryPrimitives.WriteInt32LittleEndian(octets, number);
                    break;
            }

            length = Math.Min(length, value.Length);
            octets[..length].CopyTo(value);
            return length;
        }
    }

    private int? NumberOf(int name) => name switch
    {
        RawOption.Type => Type,
        RawOption.Domain => AF_UNIX,
        RawOption.Protocol => 0,
        RawOption.Error => (int)TakeError(),
        RawOption.AcceptConnections => _phase == UnixPhase.Listening ? 1 : 0,
        RawOption.SendBuffer => _sendBuffer,
        RawOption.ReceiveBuffer => _receiveBuffer,
        RawOption.ReceiveLowWater => _receiveLowWater,
        RawOption.SendLowWater => 1,
        RawOption.ReusePort => 0,
        PassCredentials => _passesCredentials ? 1 : 0,
        Priority => _priority,
        _ => IsFlag(name) ? (int)(_flags >> name & 1) : null,
    };

    private static bool IsFlag(int name) => name is Debug or DontRoute or RawOption.ReuseAddress or RawOption.Broadcast
        or RawOption.KeepAlive or RawOption.UrgentInline or RawOption.NoChecksum;

    private int SetFlag(int name, bool isOn)
    {
        if (!IsFlag(name)) return -(int)Errno.ENOPROTOOPT;
        _flags = isOn ? _flags | 1UL << name : _flags & ~(1UL << name);
        return 0;
    }

    private int Force(int name, int number, in Caller caller)
    {
        if (!caller.MayAdministerNetwork) return -(int)Errno.EPERM;
        int size = Math.Clamp(number, 0, int.MaxValue / 2);
        if (name == RawOption.SendBufferForce) SetSendBuffer(size);
        else _receiveBuffer = Math.Max(size * 2, LeastReceiveBuffer);
        return 0;
    }

    private void SetSendBuffer(int size)
    {
        _sendBuffer = Math.Max(size * 2, LeastSendBuffer);
        if (HasRoom) WakeSenders();
    }

    private int SetPriority(int number, in Caller caller)
    {
        if (number is < 0 or > MostFreePriority && !caller.MayAdministerNetwork) return -(int)Errno.EPERM;
        _priority = number;
        return 0;
    }

    private int SetLinger(ReadOnlySpan<byte> value)
    {
        if (value.Length < LingerLength) return -(int)Errno.EINVAL;
        _lingers = BinaryPrimitives.ReadInt32LittleEndian(value) != 0;
        if (_lingers) _lingerSeconds = TimeValue.KeptSeconds(BinaryPrimitives.ReadInt32LittleEndian(value[4..]));
        return 0;
    }

    /// <summary>struct timeval: zero is for ever, a negative time is none at all.</summary>
    private static int SetTime(ReadOnlySpan<byte> value, ref TimeSpan? time)
    {
        if (value.Length < TimeValue.Length) return -(int)Errno.EINVAL;
        return TimeValue.TryRead(value, out time) ? 0 : -(int)Errno.EDOM;
    }

    private static int WriteTime(TimeSpan? time, Span<byte> octets)
    {
        TimeValue.Write(time, octets);
        return TimeValue.Length;
    }

    private static int Write(UnixCredentials credentials, Span<byte> octets)
    {
        BinaryPrimitives.WriteInt32LittleEndian(octets, credentials.Pid);
        BinaryPrimitives.WriteUInt32LittleEndian(octets[4..], credentials.Uid);
        BinaryPrimitives.WriteUInt32LittleEndian(octets[8..], credentials.Gid);
        return CredentialsLength;
    }
}
