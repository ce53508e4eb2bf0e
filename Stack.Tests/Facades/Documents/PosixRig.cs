using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;

namespace UserNet.Tests.Facades.Documents;

/// <summary>A process on host A of the golden rows, in virtual time.</summary>
internal sealed class PosixRig : HostRig
{
    public const int NoSuchDescriptor = 999, Tcp4 = 0, Udp4 = 1, Raw4 = 2;

    private const int Stream = 1, Datagram = 2, Raw = 3, NonBlock = 0x800, TestProtocol = 253;

    public PosixRig(Personality personality, int descriptorLimit = 100) : base(personality) =>
        Process = new PosixProcess(Stack) { DescriptorLimit = descriptorLimit };

    public PosixProcess Process { get; }

    /// <summary>What the last call answered: the name of errno, or Success.</summary>
    public static string Code(PosixRig rig, int answer) => (answer < 0 ? rig.Process.Error : Errno.Success).ToString();

    /// <summary>A case: what it does to a fresh rig, and the answer of its last call.</summary>
    public static ErrorCase Case(string call, Errno code, string condition, Func<PosixRig, int> lastCall, Personality? personality = null) =>
        new("POSIX", call, code.ToString(), condition, () =>
        {
            using var rig = new PosixRig(personality ?? Personality.Linux);
            return Code(rig, lastCall(rig));
        });

    public int Open(int kind)
    {
        int type = kind switch { Tcp4 => Stream, Udp4 => Datagram, _ => Raw };
        return Must(Process.Socket(SocketAddress.InterNetwork, type | NonBlock, kind == Raw4 ? TestProtocol : 0));
    }

    /// <summary>A stream that nothing is left for.</summary>
    public int OpenInFullTable()
    {
        FillTable();
        return Open(Tcp4);
    }

    public int Bind(int descriptor, string endpoint)
    {
        byte[] address = Octets(endpoint);
        return Process.Bind(descriptor, address, address.Length);
    }

    public int Connect(int descriptor, string endpoint)
    {
        byte[] address = Octets(endpoint);
        return Process.Connect(descriptor, address, address.Length);
    }

    public int OpenBound(int kind, string endpoint)
    {
        int descriptor = Open(kind);
        Must(Bind(descriptor, endpoint));
        return descriptor;
    }

    public int OpenListener(string endpoint)
    {
        int descriptor = OpenBound(Tcp4, endpoint);
        Must(Process.Listen(descriptor, 5));
        return descriptor;
    }

    /// <summary>A stream that is connected, to a listener on this host.</summary>
    public int OpenConnected(string endpoint)
    {
        OpenListener(endpoint);
        int descriptor = Open(Tcp4);
        Connect(descriptor, endpoint);
        Pass(TimeSpan.FromSeconds(1));
        Must(Connect(descriptor, endpoint));      // the second call tells that it is
        return descriptor;
    }

    public int NameOf(int descriptor, bool ofPeer)
    {
        byte[] address = new byte[SocketAddress.StorageLength];
        int length = address.Length;
        return ofPeer ? Process.GetPeerName(descriptor, address, ref length) : Process.GetSockName(descriptor, address, ref length);
    }

    public int Accept(int descriptor)
    {
        int none = 0;
        return Process.Accept(descriptor, null, ref none);
    }

    public int Must(int answer) => answer >= 0 ? answer : throw new InvalidOperationException($"A call was answered {Process.Error}.");

    public static byte[] Octets(string endpoint) => SocketAddress.ToOctets(InetEndpoint.Parse(endpoint));

    public override void Dispose()
    {
        Process.Dispose();
        base.Dispose();
    }
}
