using System.Buffers.Binary;
using System.Text;
using UserNet.Drill.Calls;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Drill.Machine;

// The options that FreeBSD alone has: the stack's own numbers for them.
internal sealed partial class VirtualSystem
{
    private const int LongQueue = 4096;      // Fast Open connections of a listener that wait; FreeBSD goes by the backlog

    private static readonly ConstantTable Names = ConstantTable.Of(DrillProfile.FreeBsd);

    private int SetFreeBsd(int descriptor, int level, int name, byte[]? value, int length)
    {
        if (level == IPPROTO_TCP && name == FreeBsdOptions.FunctionBlock) return ChooseFunctions(value);
        int number = value is { Length: >= sizeof(int) } ? BinaryPrimitives.ReadInt32LittleEndian(value) : 0;
        switch (level, name)
        {
            case (SOL_SOCKET, FreeBsdOptions.NoSignal): return 0;      // nothing here has signals
            case (SOL_SOCKET, FreeBsdOptions.ReusePortBalanced): return Set(SOL_SOCKET, RawOption.ReusePort, number);
            case (IPPROTO_TCP, FreeBsdOptions.NoOptions): return Set(IPPROTO_TCP, RawTcpOption.NoOptions, number);
            case (IPPROTO_TCP, FreeBsdOptions.Signature): return Set(IPPROTO_TCP, RawTcpOption.HostSignature, number);
            case (IPPROTO_TCP, FreeBsdOptions.KeepInit): return Set(IPPROTO_TCP, RawTcpOption.KeepInit, number);
            case (IPPROTO_TCP, FreeBsdOptions.MaxUnackedTime): return Set(IPPROTO_TCP, RawTcpOption.UserTimeout, number);
            case (IPPROTO_TCP, FreeBsdOptions.RemoteUdpPort): return Set(IPPROTO_TCP, RawTcpOption.RemoteUdpPort, number);
            case (IPPROTO_TCP, FreeBsdOptions.FastOpen): return Set(IPPROTO_TCP, RawTcpOption.FastOpen, number == 0 ? 0 : LongQueue);
            case (IPPROTO_TCP, FreeBsdOptions.NoPush): return Set(IPPROTO_TCP, RawTcpOption.Cork, number);
            case (IPPROTO_TCP, FreeBsdOptions.Log or FreeBsdOptions.LogId): return 0;      // what is logged changes nothing
            default: throw Missing($"socket option {NameOf(name)}");
        }

        int Set(int under, int option, int given)
        {
            byte[] octets = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(octets, given);
            return Answer(process.SetSockOpt(descriptor, under, option, value is null ? null : octets, Math.Min(length, octets.Length)));
        }
    }

    private int GetFreeBsd(int descriptor, int level, int name, byte[] value, ref int length)
    {
        (int Level, int Name) option = (level, name) switch
        {
            (SOL_SOCKET, FreeBsdOptions.ReusePortBalanced) => (SOL_SOCKET, RawOption.ReusePort),
            (IPPROTO_TCP, FreeBsdOptions.NoOptions) => (IPPROTO_TCP, RawTcpOption.NoOptions),
            (IPPROTO_TCP, FreeBsdOptions.NoPush) => (IPPROTO_TCP, RawTcpOption.Cork),
            (IPPROTO_TCP, FreeBsdOptions.Signature) => (IPPROTO_TCP, RawTcpOption.HostSignature),
            (IPPROTO_TCP, FreeBsdOptions.KeepInit) => (IPPROTO_TCP, RawTcpOption.KeepInit),
            (IPPROTO_TCP, FreeBsdOptions.MaxUnackedTime) => (IPPROTO_TCP, RawTcpOption.UserTimeout),
            (IPPROTO_TCP, FreeBsdOptions.RemoteUdpPort) => (IPPROTO_TCP, RawTcpOption.RemoteUdpPort),
            (IPPROTO_TCP, FreeBsdOptions.FastOpen) => (IPPROTO_TCP, RawTcpOption.FastOpen),
            _ => throw Missing($"socket option {NameOf(name)}"),
        };
        int answer = Answer(process.GetSockOpt(descriptor, option.Level, option.Name, value, ref length));
        if (answer == 0 && name == FreeBsdOptions.FastOpen && value.Length >= sizeof(int))
            BinaryPrimitives.WriteInt32LittleEndian(value, BinaryPrimitives.ReadInt32LittleEndian(value) == 0 ? 0 : 1);
        return answer;
    }

    /// <summary>TCP_FUNCTION_BLK: there is the one that FreeBSD calls freebsd.</summary>
    private static int ChooseFunctions(byte[]? value)
    {
        if (value is null) return -(int)Errno.EFAULT;
        if (value.Length < FreeBsdOptions.FunctionNameLength) return -(int)Errno.EINVAL;
        string name = Encoding.ASCII.GetString(value, 0, FreeBsdOptions.FunctionNameLength).TrimEnd('\0');
        return name is "freebsd" or "default" ? 0 : throw Missing($"TCP_FUNCTION_BLK {name}");
    }

    private static string NameOf(int option) => Names.NameOf("TCP_", option, Names.NameOf("", option, $"{option}"));
}
