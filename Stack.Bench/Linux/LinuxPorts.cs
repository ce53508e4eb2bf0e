using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using UserNet.Bench.Ports;

namespace UserNet.Bench.Linux;

/// <summary>The kernel's ephemeral range, filled step by step, and what is timed on it.</summary>
internal sealed unsafe class LinuxPorts : IDisposable
{
    private readonly Scenario _scenario;
    private readonly ushort[] _order;
    private readonly LinuxHost _host;
    private readonly List<SocketHolder> _holders = [];
    private readonly int _family, _type;
    private readonly byte[] _address;

    /// <param name="host">The host, entered on the calling thread.</param>
    /// <param name="scenario">What to fill with.</param>
    /// <param name="imitates">
    /// Whether a natural fill of a stream's ports is made by naming the ports that the kernel would have chosen, which
    /// leaves the same state without the minutes that the kernel takes.
    /// </param>
    public LinuxPorts(LinuxHost host, Scenario scenario, bool imitates)
    {
        _host = host;
        _scenario = scenario;
        _family = scenario.Variant == Variant.DualStack ? LibC.FamilyV6 : LibC.FamilyV4;
        _type = scenario.Protocol == ProtocolType.Tcp ? LibC.Stream : LibC.Datagram;
        _address = new byte[_family == LibC.FamilyV6 ? 28 : 16];
        BinaryPrimitives.WriteUInt16LittleEndian(_address, (ushort)_family);
        if (scenario.Variant == Variant.Specific)
            BinaryPrimitives.WriteUInt32BigEndian(_address.AsSpan(4), 0x7F00_0001);
        _order =
            scenario.Fill == Fill.Random ? Scenario.Shuffle(host.First, host.Range) :
            imitates && _type == LibC.Stream ? NaturalOrder.Of(host.First, host.Range) : [];
    }

    public int Held { get; private set; }

    /// <summary>Has sockets take ports until there are this many.</summary>
    public void FillTo(int count)
    {
        while (Held < count)
        {
            if (_holders.Count == 0 || _holders[^1].Count == _host.SocketsPerTable) _holders.Add(new SocketHolder());
            SocketHolder holder = _holders[^1];
            int room = Math.Min(count - Held, _host.SocketsPerTable - holder.Count);
            holder.Hold(room, OpenNext);
        }
    }

    /// <summary>Creates, binds and closes a socket each time; returns the ticks that bind alone took.</summary>
    public long CreateBindClose(int count)
    {
        long ticks = 0;
        fixed (byte* address = Address(0))
        {
            for (int i = 0; i < count; i++)
            {
                int socket = Open();
                long begin = Stopwatch.GetTimestamp();
                int result = LibC.Bind(socket, address, (uint)_address.Length);
                ticks += Stopwatch.GetTimestamp() - begin;
                if (result != 0) Expect(result, "bind");
                if (LibC.Close(socket) != 0) Expect(-1, "close");
            }
        }

        return ticks;
    }

    /// <summary>Has the kernel say that no port is free; returns the ticks that bind alone took.</summary>
    public long BindInVain(int count)
    {
        long ticks = 0;
        int socket = Open();
        for (int i = 0; i < count; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            int result = TryBind(socket, 0);
            ticks += Stopwatch.GetTimestamp() - begin;
            if (result == 0 || Marshal.GetLastSystemError() != LibC.AddressInUse)
                throw new InvalidOperationException("Linux found a port in a full range.");
        }

        _ = LibC.Close(socket);
        return ticks;
    }

    public void Dispose()
    {
        foreach (SocketHolder holder in _holders) holder.Dispose();
        _holders.Clear();
    }

    private int OpenNext()
    {
        int socket = Open();
        Expect(TryBind(socket, _order.Length == 0 ? (ushort)0 : _order[Held]), "bind");
        Held++;
        return socket;
    }

    private int Open()
    {
        int socket = LibC.OpenSocket(_family, _type, 0);
        if (socket < 0) Expect(socket, "socket");
        if (_scenario.Variant == Variant.ReuseAddress) LibC.ReuseAddress(socket);
        if (_family == LibC.FamilyV6) LibC.TakeBothFamilies(socket);
        return socket;
    }

    private int TryBind(int socket, ushort port)
    {
        fixed (byte* address = Address(port)) return LibC.Bind(socket, address, (uint)_address.Length);
    }

    private byte[] Address(ushort port)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_address.AsSpan(2), port);
        return _address;
    }

    private void Expect(int result, string call)
    {
        if (result < 0)
            throw new InvalidOperationException($"Linux, {_scenario}: {call} failed with errno {Marshal.GetLastSystemError()}, {Held} held.");
    }
}
