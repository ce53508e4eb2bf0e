using System.Runtime.InteropServices;
using UserNet.Samples.BindShell;

namespace UserNet.Tests.Parity;

/// <summary>Host B of the golden topology: the kernel in another namespace, with the same descriptors as <see cref="KernelHost"/>.</summary>
internal sealed class KernelPeer(KernelHost host) : IScriptHost
{
    /// <inheritdoc/>
    public int Socket(int domain, int type)
    {
        int descriptor = 0;
        host.InB(() => descriptor = host.Socket(domain, type));
        return descriptor;
    }

    /// <inheritdoc/>
    public int Pipe() => host.Pipe();

    /// <inheritdoc/>
    public int Close(int descriptor) => host.Close(descriptor);

    /// <inheritdoc/>
    public int Bind(int descriptor, byte[]? address, int length) => host.Bind(descriptor, address, length);

    /// <inheritdoc/>
    public int Listen(int descriptor, int backlog) => host.Listen(descriptor, backlog);

    /// <inheritdoc/>
    public int Connect(int descriptor, byte[] address, int length, bool waits) => host.Connect(descriptor, address, length, waits);

    /// <inheritdoc/>
    public int Accept(int descriptor) => host.Accept(descriptor);

    /// <inheritdoc/>
    public int Poll(int descriptor, bool toWrite) => host.Poll(descriptor, toWrite);

    /// <inheritdoc/>
    public int Shutdown(int descriptor, int how) => host.Shutdown(descriptor, how);

    /// <inheritdoc/>
    public int Name(int descriptor, bool ofPeer, byte[] address, ref int length) => host.Name(descriptor, ofPeer, address, ref length);

    /// <inheritdoc/>
    public int SetOption(int descriptor, int level, int name, byte[] value) => host.SetOption(descriptor, level, name, value);

    /// <inheritdoc/>
    public int GetOption(int descriptor, int level, int name, byte[] value, ref int length) =>
        host.GetOption(descriptor, level, name, value, ref length);

    /// <inheritdoc/>
    public int Send(int descriptor, byte[] octets, byte[]? address, int length) => host.Send(descriptor, octets, address, length);

    /// <inheritdoc/>
    public int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length) =>
        host.Receive(descriptor, octets, peeks, address, ref length);

    /// <inheritdoc/>
    public int ChangeOwner(int descriptor, uint uid) => host.ChangeOwner(descriptor, uid);

    /// <inheritdoc/>
    public void BecomeUser(uint uid) => host.BecomeUser(uid);

    /// <inheritdoc/>
    public int Ip(string command) => throw new InvalidOperationException("Scripts change host A alone.");

    /// <inheritdoc/>
    public int Sysctl(string key, string value) => throw new InvalidOperationException("Scripts change host A alone.");

    /// <inheritdoc/>
    public uint IndexOf(string name) => name switch { "lo" => 1, "w0" => 2, "w1" => 3, _ => 0 };

    /// <inheritdoc/>
    public string? NameOf(uint index) => index switch { 1 => "lo", 2 => "w0", 3 => "w1", _ => null };

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>Two network namespaces between which one thread goes to and fro; they end with it, and with what keeps the other.</summary>
internal sealed class Namespaces : IDisposable
{
    private readonly ManualResetEventSlim _over = new();
    private int _a = -1, _b = -1;
    private Thread? _keeper;

    /// <summary>Leaves both for new ones, enters A, and answers which thread stays in B.</summary>
    public int Renew()
    {
        End();
        _over.Reset();
        int number = 0;
        using var isThere = new ManualResetEventSlim();
        _keeper = new Thread(() =>
        {
            if (KernelCalls.Unshare(KernelCalls.NewNetworkNamespace) == 0) number = KernelCalls.Thread;
            isThere.Set();
            _over.Wait();
        });
        _keeper.Start();
        isThere.Wait();
        if (number == 0 || KernelCalls.Unshare(KernelCalls.NewNetworkNamespace) != 0)
            throw new InvalidOperationException($"unshare: errno {Marshal.GetLastPInvokeError()}");
        _a = KernelCalls.Open($"/proc/self/task/{KernelCalls.Thread}/ns/net", 0);
        _b = KernelCalls.Open($"/proc/self/task/{number}/ns/net", 0);
        return number;
    }

    /// <summary>Enters one of the two.</summary>
    public void Enter(bool ofB)
    {
        if (KernelCalls.EnterNamespace(ofB ? _b : _a, KernelCalls.NewNetworkNamespace) != 0)
            throw new InvalidOperationException($"setns: errno {Marshal.GetLastPInvokeError()}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        _over.Dispose();
    }

    private void End()
    {
        if (_keeper is null) return;
        _over.Set();
        _keeper.Join();
        _ = KernelCalls.Close(_a);
        _ = KernelCalls.Close(_b);
        _keeper = null;
    }
}
