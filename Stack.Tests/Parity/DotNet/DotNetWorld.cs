using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Sockets;

namespace UserNet.Tests.Parity.DotNet;

/// <summary>Where a script runs: the sockets that it has opened, by name, and its ports.</summary>
internal abstract class DotNetWorld(int firstPort) : IDisposable
{
    private readonly Dictionary<string, IDisposable> _sockets = [];
    private readonly List<IDisposable> _all = [];
    private readonly List<int> _chosen = [];

    /// <summary>A port of the script's own that it may bind.</summary>
    public int P => firstPort;

    /// <summary>Another.</summary>
    public int Q => firstPort + 1;

    /// <summary>A third, where scripts have a listener.</summary>
    public int L => firstPort + 2;

    /// <summary>A port that nobody has.</summary>
    public int Nobody => firstPort + 3;

    /// <summary>A socket by its name.</summary>
    public dynamic this[string name]
    {
        get => _sockets[name];
        set
        {
            _sockets[name] = value;
            _all.Add(value);
        }
    }

    public dynamic S => this["S"];

    public static IPEndPoint At(string address, int port) => new(IPAddress.Parse(address), port);

    public abstract void Open(string name, AddressFamily family, SocketType type, ProtocolType protocol);

    public abstract void Open(string name, SocketType type, ProtocolType protocol);

    /// <summary>A port as answers name it: one that the system chose by the order in which it is seen.</summary>
    public string NameOf(int port)
    {
        if (port == 0) return "0";
        if (port >= firstPort && port < firstPort + DotNetDuel.PortsOfScript) return "PQLN"[Math.Min(port - firstPort, 3)].ToString();
        int index = _chosen.IndexOf(port);
        if (index < 0)
        {
            index = _chosen.Count;
            _chosen.Add(port);
        }

        return string.Create(CultureInfo.InvariantCulture, $"chosen{index}");
    }

    public virtual void Dispose()
    {
        foreach (IDisposable socket in _all) socket.Dispose();
    }
}

/// <summary>The sockets of .NET itself, in the namespace of the thread.</summary>
internal sealed class RealWorld(int firstPort) : DotNetWorld(firstPort)
{
    public override void Open(string name, AddressFamily family, SocketType type, ProtocolType protocol) =>
        this[name] = new Socket(family, type, protocol);

    public override void Open(string name, SocketType type, ProtocolType protocol) => this[name] = new Socket(type, protocol);

    public override void Dispose()
    {
        base.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The sockets of a stack that has the namespace's addresses.</summary>
internal sealed class StackSockets(int firstPort, NetworkStack stack) : DotNetWorld(firstPort)
{
    public override void Open(string name, AddressFamily family, SocketType type, ProtocolType protocol) =>
        this[name] = stack.CreateSocket(family, type, protocol);

    public override void Open(string name, SocketType type, ProtocolType protocol) => this[name] = stack.CreateSocket(type, protocol);

    public override void Dispose()
    {
        base.Dispose();
        stack.Dispose();
    }
}
