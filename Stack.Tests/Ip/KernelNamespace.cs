using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace UserNet.Tests.Ip;

/// <summary>
/// A network namespace of its own with interfaces v0, v1 and v2, each with a peer in the same namespace to give it a
/// carrier.
/// </summary>
internal sealed class KernelNamespace : IDisposable
{
    private readonly string _name;

    /// <summary>The namespace, with lo and the interfaces up and without any address but those of lo.</summary>
    public KernelNamespace(string name)
    {
        _name = name;
        Require("ip", $"netns add {name}");
        StringBuilder setup = new("link set lo up\n");
        for (int i = 0; i < 3; i++)
        {
            setup.Append(CultureInfo.InvariantCulture, $"link add v{i} index {i + 2} type veth peer name p{i} index {i + 12}\n");
            setup.Append(CultureInfo.InvariantCulture, $"link set v{i} addrgenmode none\nlink set p{i} addrgenmode none\n");
            setup.Append(CultureInfo.InvariantCulture, $"link set p{i} up\nlink set v{i} up\n");
        }

        try
        {
            (_, string errors) = Ip("-batch -", setup.ToString());
            if (errors.Length != 0) throw new InvalidOperationException(errors);
            Require("ip", $"netns exec {name} sh -c \"for f in /proc/sys/net/ipv4/conf/*/promote_secondaries; do echo 0 > $f; done\"");
            WaitForMulticastRoutes();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why such a namespace can't be had here, or null when it can.</summary>
    public static string? Obstacle()
    {
        if (!OperatingSystem.IsLinux()) return "only Linux has the routes to compare with";
        if (!Environment.IsPrivilegedProcess) return "only root can create a network namespace";
        try
        {
            string probe = $"usernet-probe-{Environment.ProcessId}";
            (_, string errors) = Start("ip", $"netns add {probe}", "");
            if (errors.Length != 0) return $"ip netns add failed: {errors}";
            Start("ip", $"netns del {probe}", "");
            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "the ip command is not installed";
        }
    }

    /// <summary>
    /// Runs the lines as a batch and returns what each printed, or its error with an exclamation mark in front.
    /// </summary>
    public string[] Batch(IReadOnlyList<string> commands)
    {
        (string output, string errors) = Ip("-j -force -batch -", string.Join('\n', commands) + "\n");
        string?[] results = new string?[commands.Count];
        string last = "";
        foreach (string line in errors.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("Command failed -:", StringComparison.Ordinal))
                results[int.Parse(line["Command failed -:".Length..], CultureInfo.InvariantCulture) - 1] = "!" + last;
            else
                last = line;
        }

        Queue<string> lines = new(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        for (int i = 0; i < results.Length; i++)
            if (results[i] is null && lines.Count > 0) results[i] = lines.Dequeue();
        return Array.ConvertAll(results, r => r ?? "");
    }

    /// <summary>Sets a variable of the kernel's, as in ("net.ipv6.conf.v0.use_tempaddr", 2).</summary>
    public void Set(string variable, int value) => Require("ip", $"netns exec {_name} sysctl -qw {variable}={value}");

    /// <summary>
    /// Waits until IPv6 addresses are in use: the kernel makes an address the host's own a moment after it was added,
    /// even without duplicate address detection.
    /// </summary>
    public void WaitForAddresses()
    {
        for (int attempt = 0; attempt < 40; attempt++)
        {
            string local = Ip("-6 route show table local", "").Output;
            string[] addresses = Ip("-6 -o addr show up", "").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (addresses.All(line => local.Contains(LocalRouteOf(line), StringComparison.Ordinal))) return;
            Thread.Sleep(25);
        }
    }

    public void Dispose() => Start("ip", $"netns del {_name}", "");

    // An interface gets its route for groups when the kernel has noticed the carrier, a moment after it was set up.
    private void WaitForMulticastRoutes()
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            if (Ip("-6 route show table local", "").Output.Split("ff00::/8 dev v").Length == 4) return;
            Thread.Sleep(50);
        }

        throw new InvalidOperationException("The interfaces did not come up.");
    }

    // From "2: v0    inet6 2001:db8:1::1/64 scope global ...".
    private static string LocalRouteOf(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return $"local {words[3].Split('/')[0]} dev {words[1]} ";
    }

    private (string Output, string Errors) Ip(string arguments, string input) => Start("ip", $"-n {_name} {arguments}", input);

    private static void Require(string file, string arguments)
    {
        (_, string errors) = Start(file, arguments, "");
        if (errors.Length != 0) throw new InvalidOperationException(errors);
    }

    private static (string Output, string Errors) Start(string file, string arguments, string input)
    {
        using Process process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (output.Result, errors.Result);
    }
}
