using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

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
            const string V6Switch = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
            if (File.Exists(V6Switch)) File.WriteAllText(V6Switch, "1");      // no traffic but ours
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

    /// <summary>Joins this namespace (near0, 10.0.0.1 in network 0) to another (far0, 10.0.0.2) by a veth; the other's address is optional.</summary>
    /// <param name="far">The other namespace.</param>
    /// <param name="network">Names the interfaces and their network.</param>
    /// <param name="isFarAddressed">False where something else than the kernel is to have the far address.</param>
    /// <exception cref="InvalidOperationException">The ip tool failed.</exception>
    public void AddVeth(OwnNamespace far, int network, bool isFarAddressed)
    {
        Ip($"link add near{network} type veth peer name far{network} netns {far.Path}");
        Ip($"link set near{network} up");
        far.Ip($"link set far{network} up");
        Ip($"addr add 10.{network}.0.1/24 dev near{network}");
        if (isFarAddressed) far.Ip($"addr add 10.{network}.0.2/24 dev far{network}");
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }
}
