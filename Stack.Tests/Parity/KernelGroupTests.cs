using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Multicast;
using UserNet.Samples.BindShell;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>The running kernel as the judge of joins, leaves and filters, by every option that there is for them.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelGroupTests
{
    private const int Datagram = 2, Stream = 1, InterNetwork = 2, InterNetworkV6 = 10;
    private static readonly string[] Groups = ["224.1.1.1", "224.1.1.2", "232.1.1.1", "10.1.0.9", "0.0.0.0"];
    private static readonly string[] Locals = ["10.1.0.1", "10.1.0.2", "10.2.0.1", "127.0.0.1", "127.0.0.9", "0.0.0.0", "9.9.9.9"];
    private static readonly uint[] Devices = [0, 1, 2, 3, 77];

    [Fact]
    public void The_kernel_answers_the_same()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Random random = TestSettings.Random(salt: 41);
        List<string> differences = [];
        var thread = new Thread(() =>
        {
            try
            {
                using var kernel = new KernelHost();
                for (int i = TestSettings.Count(300, 20_000); i > 0 && differences.Count == 0; i--) Compare(kernel, random, differences);
            }
            catch (Exception thrown)
            {
                differences.Add(thrown.ToString());
            }
        });
        thread.Start();
        thread.Join();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static void Compare(KernelHost kernel, Random random, List<string> differences)
    {
        List<string> script = [];
        using var stack = new StackHost(GoldenTopology.HostA(), Personality.Linux, seed: 1);
        bool hasRoute = random.Next(2) == 0;
        if (hasRoute) Assert.Equal((0, 0), (kernel.Ip("ip route add 224.0.0.0/4 dev v1"), stack.Ip("ip route add 224.0.0.0/4 dev v1")));
        (int Domain, int Type)[] kinds = [(InterNetwork, Datagram), (InterNetwork, Datagram), (InterNetworkV6, Datagram), (InterNetwork, Stream)];
        int[] theirs = [.. kinds.Select(kind => kernel.Socket(kind.Domain, kind.Type))];
        int[] ours = [.. kinds.Select(kind => stack.Socket(kind.Domain, kind.Type))];
        bool joinsMany = random.Next(8) == 0;
        for (int step = 0; step < 60; step++)
        {
            int socket = random.Next(joinsMany ? 1 : kinds.Length);
            (int name, byte[] value) = joinsMany && random.Next(3) != 0
                ? (RawOption.AddMembership, (byte[])[.. Octets($"224.3.3.{step}"), .. Octets("10.1.0.1")]) : Next(random);
            int expected = kernel.SetOption(theirs[socket], RawOptionLevel.Ip, name, value);
            int actual = stack.SetOption(ours[socket], RawOptionLevel.Ip, name, value);
            script.Add($"{socket}: option {name} = {Regex.Replace(Convert.ToHexString(value), "(00){9,}", "..")}: {expected}");
            if (expected != actual) differences.Add($"{string.Join('\n', script)}\nbut got {actual}");
            CompareNumbers(kernel, stack, theirs[socket], ours[socket], random, script, differences);
            if (differences.Count > 0) break;
        }

        string known = string.Join(' ', Joined(stack)), real = string.Join(' ', JoinedAtKernel());
        if (differences.Count == 0 && known != real) differences.Add($"{string.Join('\n', script)}\nthe kernel's interfaces joined {real}, ours {known}");
        kernel.Reset();
        if (hasRoute) Assert.Equal(0, kernel.Ip("ip route del 224.0.0.0/4 dev v1"));
    }

    private static void CompareNumbers(KernelHost kernel, StackHost stack, int theirs, int ours, Random random, List<string> script, List<string> differences)
    {
        int name = (int[])[RawOption.MulticastTimeToLive, RawOption.MulticastLoopback, RawOption.MulticastAll] is var names ? names[random.Next(3)] : 0;
        byte[] expected = new byte[random.Next(6)], actual = new byte[expected.Length];
        int expectedLength = expected.Length, actualLength = actual.Length;
        int answer = kernel.GetOption(theirs, RawOptionLevel.Ip, name, expected, ref expectedLength);
        Assert.Equal(answer, stack.GetOption(ours, RawOptionLevel.Ip, name, actual, ref actualLength));
        if (expectedLength != actualLength || !expected.AsSpan(0, expectedLength).SequenceEqual(actual.AsSpan(0, actualLength)))
            differences.Add($"{string.Join('\n', script)}\noption {name} reads {Convert.ToHexString(expected)}, not {Convert.ToHexString(actual)}");
    }

    private static (int Name, byte[] Value) Next(Random random)
    {
        string group = Groups[random.Next(8) == 0 ? random.Next(Groups.Length) : random.Next(3)];
        byte[] local = Octets(Locals[random.Next(Locals.Length)]), device = Number(Devices[random.Next(Devices.Length)]);
        int name = random.Next(RawOption.MulticastTimeToLive, RawOption.MulticastAll + 1);
        byte[] value = name switch
        {
            RawOption.MulticastTimeToLive or RawOption.MulticastLoopback or RawOption.MulticastAll => random.Next(2) == 0
                ? Number((uint)random.Next(-2, 300)) : [(byte)random.Next(3)],
            RawOption.AddMembership or RawOption.DropMembership => random.Next(2) == 0
                // With an index the address is idle. One of no interface may not be there: leaving by it alone, the kernel forgets
                // to leave on the interface.
                ? [.. Octets(group), .. local] : [.. Octets(group), .. Octets(Locals[random.Next(Locals.Length - 1)]), .. device],
            RawOption.JoinGroup or RawOption.LeaveGroup => [.. device, .. new byte[4], .. Storage(random, group)],
            RawOption.SourceFilter => [.. Octets(group), .. local, .. Number((uint)random.Next(random.Next(9) == 0 ? 3 : 2)), .. Sources(random, isStorage: false)],
            RawOption.GroupFilter =>
                [.. device, .. new byte[4], .. Storage(random, group), .. Number((uint)random.Next(random.Next(9) == 0 ? 3 : 2)), .. Sources(random, isStorage: true)],
            < RawOption.SourceFilter => [.. Octets(group), .. local, .. Octets(Source(random))],
            _ => [.. device, .. new byte[4], .. Storage(random, group), .. Storage(random, Source(random))],
        };
        if (random.Next(12) == 0) value = value[..random.Next(value.Length)];
        return (name, value);
    }

    private static byte[] Sources(Random random, bool isStorage)
    {
        int count = random.Next(6) == 0 ? random.Next(9, 13) : random.Next(4);
        List<byte> octets = [.. Number((uint)(random.Next(10) == 0 ? count + 1 : count))];
        // Each once: the kernel counts one twice that is there twice.
        int[] numbers = [.. Enumerable.Range(0, 14)];
        random.Shuffle(numbers);
        for (int i = 0; i < count; i++) octets.AddRange(isStorage ? Storage(random, $"192.0.2.{numbers[i]}") : Octets($"192.0.2.{numbers[i]}"));
        return [.. octets];
    }

    private static string Source(Random random) => $"192.0.2.{random.Next(random.Next(4) == 0 ? 14 : 3)}";

    private static byte[] Storage(Random random, string address)
    {
        byte[] octets = new byte[128];
        BinaryPrimitives.WriteUInt16LittleEndian(octets, (ushort)(random.Next(20) == 0 ? InterNetworkV6 : InterNetwork));
        Octets(address).CopyTo(octets, 4);
        return octets;
    }

    private static byte[] Octets(string address)
    {
        byte[] octets = new byte[4];
        InetAddress.Parse(address).WriteOctets(octets);
        return octets;
    }

    private static byte[] Number(uint number) => BitConverter.GetBytes(number);

    private static IEnumerable<string> Joined(StackHost host)
    {
        IEnumerable<string> all = Groups.Concat(Enumerable.Range(0, 60).Select(i => $"224.3.3.{i}"));
        return Devices.SelectMany(device => all.Where(group => host.Stack.Groups.IsJoined(InetAddress.Parse(group), device))
            .Select(group => $"{group}@{device}")).Order(StringComparer.Ordinal);
    }

    /// <summary>What /proc says of this thread's namespace: a line an interface, beginning with its index, and below it its groups.</summary>
    private static IEnumerable<string> JoinedAtKernel()
    {
        List<string> joined = [];
        string device = "";
        foreach (string line in File.ReadLines("/proc/thread-self/net/igmp").Skip(1))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (!char.IsWhiteSpace(line[0]))
            {
                device = words[0];
                continue;
            }

            uint bits = BinaryPrimitives.ReverseEndianness(uint.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if (bits != 0xE0000001 && device is "1" or "2" or "3") joined.Add($"{InetAddress.FromV4(bits)}@{device}");
        }

        return joined.Where(one => !one.StartsWith("224.0.0.1@", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }
}
