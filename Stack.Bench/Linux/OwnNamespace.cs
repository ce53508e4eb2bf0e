using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Linux;

/// <summary>A network namespace with a thread that lives in it: it ends with the thread, and its interfaces with it.</summary>
/// <remarks>What is opened there (sockets, devices) may be used from any thread.</remarks>
internal sealed class OwnNamespace : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <exception cref="InvalidOperationException">The process may not make one.</exception>
    public OwnNamespace()
    {
        _thread = new Thread(() =>
        {
            foreach (Action work in _work.GetConsumingEnumerable()) work();
        })
        {
            IsBackground = true,
        };
        _thread.Start();
        Path = Run(static () =>
        {
            LibC.EnterNewNamespace();
            // No traffic but ours: addresses that are given are taken at once, and none is made.
            SetV6("addr_gen_mode", "1");
            SetV6("accept_dad", "0");
            SetV6("accept_ra", "0");
            SetV6("router_solicitations", "0");

            return $"/proc/{new FileInfo("/proc/thread-self").LinkTarget}/ns/net";
        });
    }

    /// <summary>Where others find it.</summary>
    public string Path { get; }

    /// <summary>Why there can't be one, or null.</summary>
    public static string? Obstacle()
    {
        if (!OperatingSystem.IsLinux()) return "this is another system";
        if (!Environment.IsPrivilegedProcess) return "only root can make a network namespace";
        return File.Exists("/dev/net/tun") ? null : "there is no /dev/net/tun";
    }

    /// <summary>Runs work in the namespace and waits for its answer.</summary>
    public T Run<T>(Func<T> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                answer.SetResult(work());
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        });
        return answer.Task.GetAwaiter().GetResult();
    }

    /// <summary>Runs the ip tool in the namespace.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message says what it wrote.</exception>
    public void Ip(FormattableString arguments) => Run(() =>
    {
        string line = arguments.ToString(CultureInfo.InvariantCulture);
        using Process ip = Process.Start(new ProcessStartInfo("ip", line) { RedirectStandardError = true })!;
        string errors = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        return ip.ExitCode == 0 ? 0 : throw new InvalidOperationException($"ip {line}: {errors.Trim()}");
    });

    /// <summary>Joins this namespace (near0, 10.0.0.1 and fd00:0::1 in network 0) to another (far0, host 2) by a veth; the other's addresses are optional.</summary>
    /// <param name="far">The other namespace.</param>
    /// <param name="network">Names the interfaces and their network.</param>
    /// <param name="isFarAddressed">False where something else than the kernel is to have the far address.</param>
    /// <exception cref="InvalidOperationException">The ip tool failed.</exception>
    public void AddVeth(OwnNamespace far, int network, bool isFarAddressed)
    {
        Ip($"link add near{network} type veth peer name far{network} netns {far.Path}");
        Ip($"link set near{network} up");
        far.Ip($"link set far{network} up");
        AddAddresses($"near{network}", network, 1);
        if (isFarAddressed) far.AddAddresses($"far{network}", network, 2);
    }

    /// <summary>Gives a device an address of each family.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="network">The network.</param>
    /// <param name="host">The host in it.</param>
    /// <exception cref="InvalidOperationException">The ip tool failed.</exception>
    public void AddAddresses(string device, int network, int host)
    {
        foreach (IpFamily family in IpFamilies.Both)
            Ip($"addr add {family.Prefix(network, host)} dev {device}{(family == IpFamily.V6 ? " nodad" : "")}");
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private static void SetV6(string name, string value)
    {
        string file = $"/proc/sys/net/ipv6/conf/default/{name}";
        if (File.Exists(file)) File.WriteAllText(file, value);
    }
}
