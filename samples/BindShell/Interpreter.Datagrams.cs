using UserNet.Addressing;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

// Datagrams, and the groups that they may be for.
public sealed partial class Interpreter
{
    private const int MostRoom = 65_536;
    private const int JoinGroupV6 = 20, LeaveGroupV6 = 21;      // IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP

    private int _sent;      // how many datagrams; each carries its number

    private string Send(Socket socket, ScriptStep step)
    {
        bool isTo = step.Verb.Text == "sendto";
        byte[]? address = null;
        int length = 0;
        if (isTo) address = Endpoints.Write(step[0]!, PortOf(step.Arguments[1]), HostOf(socket), out length);
        byte[] octets = new byte[SizeOf(step, isTo ? 2 : 0, absent: 1)];
        Array.Fill(octets, (byte)++_sent);
        return Answer(HostOf(socket).Send(socket.Descriptor, octets, address, length));
    }

    private string Receive(Socket socket, ScriptStep step)
    {
        byte[] octets = new byte[SizeOf(step, 0, absent: MostRoom)], address = new byte[128];
        int length = address.Length;
        int answer = HostOf(socket).Receive(socket.Descriptor, octets, step.Verb.Text == "peek", address, ref length);
        if (answer < 0) return Answer(answer);
        if (length == 0) return step.Verb.Text == "from" ? "?" : $"{answer} octets";      // a stream says no more
        string from = Show(Endpoints.Read(address, length), socket);
        if (step.Verb.Text == "from") return from;
        int got = Math.Min(answer, octets.Length);
        string number = got == 0 ? "" : $"#{octets[0]}, ";
        return got == answer ? $"{number}{got} octets from {from}" : $"{number}{got} of {answer} octets from {from}";
    }

    private string ChangeMembership(Socket socket, ScriptStep step)
    {
        InetAddress group = InetAddress.Parse(step[0]!);
        if (group.IsV6) return ChangeMembershipV6(socket, step, group);
        byte[] value = new byte[12];      // struct ip_mreqn
        group.WriteOctets(value);
        if (InetAddress.TryParse(step[1]!, out InetAddress local) && !local.IsV6) local.WriteOctets(value.AsSpan(4));
        else BitConverter.TryWriteBytes(value.AsSpan(8), Device(socket, step[1]!));
        int name = step.Verb.Text == "join" ? RawOption.AddMembership : RawOption.DropMembership;
        return Answer(HostOf(socket).SetOption(socket.Descriptor, RawOptionLevel.Ip, name, value));
    }

    private string ChangeMembershipV6(Socket socket, ScriptStep step, InetAddress group)
    {
        byte[] value = new byte[20];      // struct ipv6_mreq
        group.WriteOctets(value);
        BitConverter.TryWriteBytes(value.AsSpan(16), Device(socket, step[1]!));
        int name = step.Verb.Text == "join" ? JoinGroupV6 : LeaveGroupV6;
        return Answer(HostOf(socket).SetOption(socket.Descriptor, RawOptionLevel.IpV6, name, value));
    }

    private static int SizeOf(ScriptStep step, int index, int absent)
    {
        int size = index < step.Arguments.Count ? Number(step, index) : absent;
        return size is >= 0 and <= 1 << 20 ? size : throw new FormatException($"{size} is no number of octets.");
    }
}
