using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Parity;
using Xunit;

namespace UserNet.Tests.Tap;

/// <summary>A network namespace of one thread: it ends with the thread, and its interfaces with it.</summary>
internal static class OwnNamespace
{
    /// <summary>Why there can't be one with a TAP in it, or null.</summary>
    public static string? Obstacle()
    {
        if (!OperatingSystem.IsLinux()) return "TAP interfaces are tested on Linux";
        if (!Environment.IsPrivilegedProcess) return "only root can create a network namespace";
        if (!File.Exists("/dev/net/tun")) return "there is no /dev/net/tun";
        string? missing = null;
        try
        {
            Enter(() => IpTool("link set lo up"));
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            missing = e.Message;
        }

        return missing;
    }

    [ThreadStatic]
    private static IpFamily? t_family;

    /// <summary>What is spoken in this thread's namespace.</summary>
    public static IpFamily Family => t_family ?? IpFamily.V4;

    /// <summary>Runs a test in a new namespace, on a thread of its own; skips it where there is none.</summary>
    /// <param name="family">What hosts speak there. The kernel has its IPv6 addresses at once, and asks for no routers.</param>
    /// <param name="test">What is run.</param>
    public static void Run(IpFamily family, Action test)
    {
        if (!family.IsV6)
        {
            Run(test);
            return;
        }

        if (Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Assert.SkipUnless(Directory.Exists("/proc/sys/net/ipv6"), "the kernel has no IPv6");
        Enter(() =>
        {
            t_family = family;
            foreach (string name in (string[])["accept_dad", "accept_ra", "router_solicitations"])
                File.WriteAllText($"/proc/sys/net/ipv6/conf/default/{name}", "0");
            IpTool("link set lo up");
            test();
        });
    }

    /// <summary>Runs a test in a new namespace without IPv6, on a thread of its own; skips it where there is none.</summary>
    public static void Run(Action test)
    {
        if (Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Enter(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
            IpTool("link set lo up");
            test();
        });
    }

    /// <summary>Runs the ip tool in this thread's namespace and returns what it printed.</summary>
    public static string IpTool(string arguments) => Tool("ip", arguments);

    /// <summary>Runs a tool in this thread's namespace and returns what it printed.</summary>
    public static string Tool(string file, string arguments)
    {
        using Process process = Begin(file, arguments);
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{file} {arguments}: {errors}{output}");
    }

    /// <summary>Starts a tool in this thread's namespace.</summary>
    public static Process Begin(string file, string arguments) => Process.Start(
        new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>A counter of an interface, as <c>ip -s link</c> shows it: rx or tx; packets, dropped or errors.</summary>
    public static long Counter(string name, string direction, string counter)
    {
        using JsonDocument document = JsonDocument.Parse(IpTool($"-s -j link show dev {name}"));
        return document.RootElement[0].GetProperty("stats64").GetProperty(direction).GetProperty(counter).GetInt64();
    }

    /// <summary>Waits until something holds; false when it does not in time.</summary>
    public static bool Until(Func<bool> condition, int milliseconds = 10_000)
    {
        long end = Environment.TickCount64 + milliseconds;
        while (!condition())
        {
            if (Environment.TickCount64 > end) return false;
            Thread.Sleep(1);
        }

        return true;
    }

    private static void Enter(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                if (KernelCalls.Unshare(KernelCalls.NewNetworkNamespace) != 0)
                    throw new InvalidOperationException($"unshare: errno {Marshal.GetLastPInvokeError()}");
                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
