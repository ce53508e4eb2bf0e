using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Samples.BindShell;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>The running kernel as the judge of IPv6 groups, joined, left and filtered by every option that there is for them.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelGroupV6Tests
{
    private const int Datagram = 2, Stream = 1, InterNetwork = 2, InterNetworkV6 = 10, FilterHeader = 144;
    private static readonly string[] Groups =
        ["ff05::1:1", "ff02::1:2", "ff3e::8000:1", "ff01::77", "ff00::5", "2001:db8::1", "::ffff:224.1.1.1", "::", "fe80::1"];
    private static readonly uint[] Devices = [0, 1, 2, 3, 77];
    private static readonly int[] Numbers = [RawOption.V6MulticastInterface, RawOption.V6MulticastHops, RawOption.V6MulticastLoopback, RawOption.V6MulticastAll];
    private static readonly int[] Names =
    [
        .. Numbers, RawOption.V6JoinGroup, RawOption.V6JoinGroup, RawOption.V6JoinGroup, RawOption.V6LeaveGroup, RawOption.JoinGroup, RawOption.BlockGroupSource,
        RawOption.UnblockGroupSource, RawOption.LeaveGroup, RawOption.JoinSourceGroup, RawOption.JoinSourceGroup, RawOption.LeaveSourceGroup, RawOption.GroupFilter,
    ];

    [Fact]
    public void The_kernel_answers_the_same()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Random random = TestSettings.Random(salt: 46);
        List<string> differences = [];
        var thread = new Thread(() =>
        {
            try
            {
                using var kernel = new KernelHost();
                WaitForRoutes();
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

    // Of the options' memory nothing is left after 2,340 groups, or after fewer with lists.
    [Fact]
    public void The_kernel_takes_as_many()
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Random random = TestSettings.Random(salt: 47);
        List<string> differences = [];
        var thread = new Thread(() =>
        {
            try
            {
                using var kernel = new KernelHost();
                for (int i = TestSettings.Count(3, 100); i > 0 && differences.Count == 0; i--) Fill(kernel, random, differences);
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

    // An interface gets its route for groups when the kernel has noticed the carrier, a moment after it was set up.
    internal static void WaitForRoutes()
    {
        const string groups = "ff000000000000000000000000000000 08 ";
        for (int attempt = 0; attempt < 200; attempt++)
        {
            if (File.ReadLines("/proc/thread-self/net/ipv6_route").Count(line => line.StartsWith(groups, StringComparison.Ordinal)) >= 2) return;
            Thread.Sleep(25);
        }

        throw new InvalidOperationException("The interfaces did not come up.");
    }

    private static void Fill(KernelHost kernel, Random random, List<string> differences)
    {
        using var stack = new StackHost(GoldenTopology.HostA(), Personality.Linux, seed: 1);
        (int theirs, int ours) = (kernel.Socket(InterNetworkV6, Datagram), stack.Socket(InterNetworkV6, Datagram));
        int lists = random.Next(4);
        for (int i = 0, refused = 0; i < 3000 && refused < 5 && differences.Count == 0; i++)
        {
            string group = $"ff05::2:{i:x}";
            List<(int Level, int Name, byte[] Value)> calls = [(RawOptionLevel.IpV6, RawOption.V6JoinGroup, [.. Octets(group), .. Number(2)])];
            if (lists == 1 || (lists == 3 && random.Next(3) == 0)) calls.Add((RawOptionLevel.IpV6, RawOption.GroupFilter, Filter(group, 2, 0, random.Next(65))));
            for (int source = 0; lists >= 2 && source < random.Next(30); source++)
                calls.Add((RawOptionLevel.IpV6, RawOption.BlockGroupSource, [.. Number(2), .. new byte[4], .. Storage(group), .. Storage($"2001:db8::{source:x}")]));
            if (i < 25) calls.Add((RawOptionLevel.Ip, RawOption.AddMembership, [224, 7, 7, (byte)i, 0, 0, 0, 0, .. Number(2)]));
            foreach ((int level, int name, byte[] value) in calls)
            {
                int expected = kernel.SetOption(theirs, level, name, value), actual = stack.SetOption(ours, level, name, value);
                if (expected == -12) refused++;      // ENOMEM
                if (expected != actual) differences.Add($"{lists}: group {i}, option {name}: {expected}, not {actual}");
            }
        }

        kernel.Reset();
    }

    private static void Compare(KernelHost kernel, Random random, List<string> differences)
    {
        List<string> script = [];
        using var stack = new StackHost(GoldenTopology.HostA(), Personality.Linux, seed: 1);
        bool hasRoute = random.Next(2) == 0;
        const string route = "-6 route {0} ff00::/12 dev v1";
        if (hasRoute) ChangeRoute(string.Format(CultureInfo.InvariantCulture, route, "add"), kernel, stack);
        (int Domain, int Type)[] kinds = [(InterNetworkV6, Datagram), (InterNetworkV6, Datagram), (InterNetwork, Datagram), (InterNetworkV6, Stream)];
        int[] theirs = [.. kinds.Select(kind => kernel.Socket(kind.Domain, kind.Type))];
        int[] ours = [.. kinds.Select(kind => stack.Socket(kind.Domain, kind.Type))];
        if (random.Next(4) == 0)
            Assert.Equal(kernel.SetOption(theirs[0], RawOptionLevel.Socket, RawOption.BindToInterface, Number(3)), stack.SetOption(ours[0], RawOptionLevel.Socket, RawOption.BindToInterface, Number(3)));
        for (int step = 0; step < 60 && differences.Count == 0; step++)
        {
            int socket = random.Next(random.Next(3) == 0 ? kinds.Length : 2);
            (int name, byte[] value) = Next(random);
            int expected = kernel.SetOption(theirs[socket], RawOptionLevel.IpV6, name, value);
            int actual = stack.SetOption(ours[socket], RawOptionLevel.IpV6, name, value);
            script.Add($"{socket}: option {name} = {Regex.Replace(Convert.ToHexString(value), "(00){9,}", "..")}: {expected}");
            if (expected != actual) differences.Add($"{string.Join('\n', script)}\nbut got {actual}");
            if (differences.Count == 0) CompareValues(kernel, stack, theirs[socket], ours[socket], random, script, differences);
        }

        string known = string.Join(' ', Joined(stack)), real = string.Join(' ', JoinedAtKernel());
        if (differences.Count == 0 && known != real) differences.Add($"{string.Join('\n', script)}\nthe kernel's interfaces joined {real}, ours {known}");
        kernel.Reset();
        if (hasRoute) Assert.Equal(0, kernel.Ip("ip " + string.Format(CultureInfo.InvariantCulture, route, "del")));
    }

    private static void ChangeRoute(string command, KernelHost kernel, StackHost stack) =>
        Assert.Equal((0, 0), (kernel.Ip("ip " + command), stack.Ip("ip " + command)));

    private static void CompareValues(KernelHost kernel, StackHost stack, int theirs, int ours, Random random, List<string> script, List<string> differences)
    {
        int name = random.Next(3) == 0 ? RawOption.GroupFilter : Numbers[random.Next(Numbers.Length)];
        byte[] asked = name == RawOption.GroupFilter ? Filter(Group(random), Devices[random.Next(Devices.Length)], 9, random.Next(6)) : new byte[random.Next(6)];
        // Never so that sources are cut off: the kernel writes those that were asked for, whatever room there is.
        if (name == RawOption.GroupFilter && random.Next(10) == 0) asked = asked[..random.Next(FilterHeader)];
        byte[] expected = [.. asked], actual = [.. asked];
        int expectedLength = expected.Length, actualLength = actual.Length;
        int answer = kernel.GetOption(theirs, RawOptionLevel.IpV6, name, expected, ref expectedLength);
        int answered = stack.GetOption(ours, RawOptionLevel.IpV6, name, actual, ref actualLength);
        string what = $"{string.Join('\n', script)}\noption {name} of {Regex.Replace(Convert.ToHexString(asked), "(00){9,}", "..")}";
        if (answer != answered) differences.Add($"{what} is answered {answer}, not {answered}");
        if (answer < 0) return;
        if (name == RawOption.GroupFilter) Sort(expected.AsSpan(0, expectedLength), actual.AsSpan(0, actualLength));
        if (expectedLength != actualLength || !expected.AsSpan(0, expectedLength).SequenceEqual(actual.AsSpan(0, actualLength)))
            differences.Add($"{what} reads\n{Convert.ToHexString(expected, 0, expectedLength)}, not\n{Convert.ToHexString(actual, 0, actualLength)}");
    }

    // The kernel's sources stand in the order in which they came: where all are there, they are brought into order; else nobody knows which.
    private static void Sort(Span<byte> expected, Span<byte> actual)
    {
        int there = (int)BinaryPrimitives.ReadUInt32LittleEndian(expected[140..]), given = (expected.Length - FilterHeader) / 128;
        if (given == there && actual.Length == expected.Length)
        {
            SortSources(expected);
            SortSources(actual);
            return;
        }

        expected[FilterHeader..].Clear();
        actual[Math.Min(FilterHeader, actual.Length)..].Clear();
    }

    private static void SortSources(Span<byte> filter)
    {
        List<byte[]> sources = [];
        for (int at = FilterHeader; at + 128 <= filter.Length; at += 128) sources.Add(filter.Slice(at, 128).ToArray());
        sources.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
        for (int i = 0; i < sources.Count; i++) sources[i].CopyTo(filter[(FilterHeader + (128 * i))..]);
    }

    private static (int Name, byte[] Value) Next(Random random)
    {
        int name = Names[random.Next(Names.Length)];
        string group = Group(random);
        byte[] device = Number(Devices[random.Next(Devices.Length)]);
        byte[] value = name switch
        {
            RawOption.V6MulticastInterface => device,
            RawOption.V6MulticastHops or RawOption.V6MulticastLoopback or RawOption.V6MulticastAll =>
                Number((uint)(random.Next(2) == 0 ? random.Next(-2, 3) : random.Next(-2, 300))),
            RawOption.V6JoinGroup or RawOption.V6LeaveGroup => [.. Octets(group), .. device],
            RawOption.JoinGroup or RawOption.LeaveGroup => [.. device, .. new byte[4], .. Storage(group, random)],
            RawOption.GroupFilter => Filter(
                group, BinaryPrimitives.ReadUInt32LittleEndian(device), (uint)random.Next(random.Next(9) == 0 ? 3 : 2),
                random.Next(9) == 0 ? random.Next(60, 70) : random.Next(4), random),
            _ => [.. device, .. new byte[4], .. Storage(group, random), .. Storage($"2001:db8::{random.Next(random.Next(4) == 0 ? 80 : 3):x}", random)],
        };
        if (random.Next(12) == 0) value = value[..random.Next(value.Length)];
        return (name, value);
    }

    private static string Group(Random random) => Groups[random.Next(6) == 0 ? random.Next(Groups.Length) : random.Next(3)];

    private static byte[] Filter(string group, uint device, uint mode, int count, Random? random = null)
    {
        List<byte> octets = [.. Number(device), .. new byte[4], .. Storage(group, random), .. Number(mode), .. Number((uint)(random?.Next(10) == 0 ? count + 1 : count))];
        int first = random?.Next(5) ?? 0;
        for (int i = 0; i < count; i++) octets.AddRange(Storage($"2001:db8::{first + i:x}", random));
        return [.. octets];
    }

    private static byte[] Storage(string address, Random? random = null)
    {
        byte[] octets = new byte[128];
        BinaryPrimitives.WriteUInt16LittleEndian(octets, (ushort)(random?.Next(20) == 0 ? InterNetwork : InterNetworkV6));
        Octets(address).CopyTo(octets, 8);
        return octets;
    }

    private static byte[] Octets(string address)
    {
        byte[] octets = new byte[16];
        InetAddress.Parse(address).MapToV6().WriteOctets(octets);
        return octets;
    }

    private static byte[] Number(uint number) => BitConverter.GetBytes(number);

    private static IEnumerable<string> Joined(StackHost host) => Devices.SelectMany(device => Groups.Select(group => InetAddress.Parse(group))
        .Where(group => host.Stack.Groups.IsJoined(group, device)).Select(group => $"{group}@{device}")).Order(StringComparer.Ordinal);

    /// <summary>What /proc says of this thread's namespace: index, name, group, and how often it was joined.</summary>
    private static IEnumerable<string> JoinedAtKernel()
    {
        HashSet<string> asked = [.. Groups.Select(group => InetAddress.Parse(group).ToString())];
        return File.ReadLines("/proc/thread-self/net/igmp6").Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Select(words => (Device: words[0], Group: InetAddress.FromOctets(Convert.FromHexString(words[2])).ToString()))
            .Where(one => one.Device is "1" or "2" or "3" && asked.Contains(one.Group))
            .Select(one => $"{one.Group}@{one.Device}").Order(StringComparer.Ordinal);
    }
}
