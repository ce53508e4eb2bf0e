using System.Reflection;
using System.Reflection.Emit;
using System.Text;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

/// <summary>
/// Every view there is, found in the assembly, sees octets that are random or nearly right; every accessor is called on what parses.
/// </summary>
public sealed class ViewFuzzTests
{
    private delegate bool Touch(ReadOnlySpan<byte> octets);

    // Methods that take arguments, and walks, which can't be called without knowing what they mean.
    private static readonly Dictionary<Type, Touch> Methods = new()
    {
        [typeof(DiscoveryOptions)] = octets =>
        {
            if (!DiscoveryOptions.TryParse(octets, out DiscoveryOptions options)) return false;
            _ = options.Station(DiscoveryOptionType.SourceLinkAddress);
            foreach (DiscoveryOption option in options) TouchOption(option);
            return true;
        },
        [typeof(IgmpQuery)] = octets =>
        {
            if (!IgmpQuery.TryParse(octets, out IgmpQuery query)) return false;
            for (int i = 0; i < query.SourceCount; i++) query.Source(i);
            return true;
        },
        [typeof(IgmpGroupRecord)] = octets =>
        {
            if (!IgmpGroupRecord.TryParse(octets, out IgmpGroupRecord record)) return false;
            TouchSources(record);
            return true;
        },
        [typeof(IgmpReport)] = octets =>
        {
            if (!IgmpReport.TryParse(octets, out IgmpReport report)) return false;
            int records = 0;
            foreach (IgmpGroupRecord record in report)
            {
                TouchSources(record);
                records++;
            }

            Assert.Equal(report.RecordCount, records);
            return true;
        },
        [typeof(MldQuery)] = octets =>
        {
            if (!MldQuery.TryParse(octets, out MldQuery query)) return false;
            for (int i = 0; i < query.SourceCount; i++) query.Source(i);
            return true;
        },
        [typeof(MldAddressRecord)] = octets =>
        {
            if (!MldAddressRecord.TryParse(octets, out MldAddressRecord record)) return false;
            for (int i = 0; i < record.SourceCount; i++) record.Source(i);
            return true;
        },
        [typeof(MldReport)] = octets =>
        {
            if (!MldReport.TryParse(octets, out MldReport report)) return false;
            int records = 0;
            foreach (MldAddressRecord record in report)
            {
                for (int i = 0; i < record.SourceCount; i++) record.Source(i);
                records++;
            }

            Assert.Equal(report.RecordCount, records);
            return true;
        },
        [typeof(Ipv4Options)] = octets =>
        {
            if (!Ipv4Options.TryParse(octets, out Ipv4Options options)) return false;
            foreach (Ipv4Option option in options) Assert.Equal(option.Length, Math.Max(2, option.Data.Length + 2));
            return true;
        },
        [typeof(Ipv6Options)] = octets =>
        {
            if (!Ipv6Options.TryParse(octets, out Ipv6Options options)) return false;
            foreach (Ipv6Option option in options)
                Assert.True(option.Type > 1 && option.Offset + 2 + option.Data.Length <= octets.Length && option.Action <= Ipv6OptionAction.ReportUnlessToMany);
            return true;
        },
        [typeof(TcpSegment)] = octets =>
        {
            if (!TcpSegment.TryParse(octets, out TcpSegment segment)) return false;
            int ends = (segment.Has(TcpFlags.Syn) ? 1 : 0) + (segment.Has(TcpFlags.Fin) ? 1 : 0);
            Assert.Equal(octets.Length - segment.HeaderLength + ends, segment.SequenceLength);
            return true;
        },
        [typeof(TcpOptions)] = octets =>
        {
            if (!TcpOptions.TryParse(octets, out TcpOptions options)) return false;
            foreach (TcpOption option in options) Assert.True(option.Kind != 0 && option.Data.Length < option.Octets.Length);
            return true;
        },
    };

    private static Type[] Views =>
    [
        .. typeof(IWireView<>).Assembly.GetTypes().Where(type => type.IsValueType && type.GetInterfaces().Any(
            i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IWireView<>))),
    ];

    [Fact]
    public void Methods_of_every_view_are_called_too()
    {
        Type[] withMethods =
        [
            .. Views.Where(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Any(method => !method.IsSpecialName)),
        ];
        Assert.Equal(Methods.Keys.Select(type => type.Name).Order(), withMethods.Select(type => type.Name).Order());
    }

    [Fact]
    public void No_octets_make_a_view_throw()
    {
        Type[] views = Views;
        Assert.True(views.Length >= 12);
        (string Of, Touch Touch)[] touches =
            [.. views.SelectMany(view => AllAccessors(view).Select(touch => (view.Name, touch))), .. Methods.Select(one => (one.Key.Name, one.Value))];
        long[] parsed = new long[touches.Length];
        Each(TestSettings.Count(1_000_000, 30_000_000), 1, octets =>
        {
            for (int i = 0; i < touches.Length; i++)
                if (touches[i].Touch(octets)) parsed[i]++;
        });
        for (int i = 0; i < touches.Length; i++) Assert.True(parsed[i] > 500, $"{touches[i].Of}: {parsed[i]}");
    }

    [Fact]
    public void No_octets_make_the_printer_throw()
    {
        var line = new StringBuilder();
        int lines = 0;
        Each(TestSettings.Count(100_000, 10_000_000), 2, octets =>
        {
            line.Clear();
            PacketPrinter.PrintEthernet(octets, line, (PrintDetails)(lines & 3));
            PacketPrinter.PrintIp(octets, line, (PrintDetails)(lines++ & 3));
            Assert.True(line.Length > 0);
        });
    }

    [Fact]
    public void No_octets_make_a_walk_of_options_throw_or_leave_them() => Each(TestSettings.Count(300_000, 10_000_000), 3, octets =>
    {
        octets = octets[..Math.Min(octets.Length, 60)];
        int end = 0;
        Ipv4Options.Enumerator options = Ipv4Options.Walk(octets);
        while (options.MoveNext())
        {
            Assert.True(options.Current.Offset >= end);
            end = options.Current.Offset + options.Current.Length;
        }

        Assert.True(end <= octets.Length && options.FaultOffset < octets.Length && !options.MoveNext());
        end = 0;
        TcpOptions.Enumerator segments = TcpOptions.Walk(octets);
        while (segments.MoveNext())
        {
            Assert.Equal(end, segments.Current.Offset);
            end += segments.Current.Octets.Length;
        }

        Assert.True(end <= octets.Length && segments.FaultOffset < octets.Length && !segments.MoveNext());
    });

    private static void TouchOption(in DiscoveryOption option)
    {
        Assert.True(option.Octets.Length >= 8 && option.Octets.Length % 8 == 0);
        _ = (option.Station, option.Mtu, option.Data.Length);
        if (option.TryReadPrefix(out PrefixInformation prefix)) Assert.InRange(prefix.Prefix.Length, 0, 128);
        if (option.TryReadRoute(out RouteInformation route)) Assert.InRange(route.Prefix.Length, 0, 128);
        for (int i = option.ServerCount(out _) - 1; i >= 0; i--) Assert.True(option.Server(i).IsV6);
        List<string> names = [];
        Assert.Equal(option.TryReadDomains(names, out _), names.Count > 0);
        Assert.All(names, name => Assert.InRange(DomainNames.LengthOf(name), 3, 255));
    }

    private static void TouchSources(in IgmpGroupRecord record)
    {
        for (int i = 0; i < record.SourceCount; i++) record.Source(i);
    }

    // One function for each way to parse: parses, and calls every accessor where that succeeds.
    private static IEnumerable<Touch> AllAccessors(Type view)
    {
        Type[] parameters = [typeof(ReadOnlySpan<byte>), view.MakeByRefType()];
        MethodInfo[] ways =
        [
            .. view.GetMethods(BindingFlags.Static | BindingFlags.Public).Where(
                method => method.ReturnType == typeof(bool) && method.GetParameters().Select(p => p.ParameterType).SequenceEqual(parameters)),
        ];
        Assert.NotEmpty(ways);
        return ways.Select(way => Emit(view, way));
    }

    private static Touch Emit(Type view, MethodInfo way)
    {
        var method = new DynamicMethod($"{view.Name}.{way.Name}", typeof(bool), [typeof(ReadOnlySpan<byte>)], typeof(ViewFuzzTests).Module);
        ILGenerator il = method.GetILGenerator();
        LocalBuilder parsed = il.DeclareLocal(view);
        Label isOne = il.DefineLabel();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloca, parsed);
        il.Emit(OpCodes.Call, way);
        il.Emit(OpCodes.Brtrue, isOne);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(isOne);
        foreach (PropertyInfo property in view.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            il.Emit(OpCodes.Ldloca, parsed);
            il.Emit(OpCodes.Call, property.GetMethod!);
            il.Emit(OpCodes.Pop);
        }

        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Touch>();
    }

    internal delegate void Use(ReadOnlySpan<byte> octets);

    // A third is noise, the others are units of some layer with a few octets changed, and now and then an end missing.
    internal static void Each(int count, int salt, Use use)
    {
        Random random = TestSettings.Random(salt);
        byte[][] seeds = Seeds();
        byte[] buffer = new byte[256];
        for (int i = 0; i < count; i++)
        {
            Span<byte> octets;
            if (i % 3 == 0)
            {
                octets = buffer.AsSpan(0, random.Next(i % 2 == 0 ? 40 : 100));
                random.NextBytes(octets);
            }
            else
            {
                byte[] seed = seeds[random.Next(seeds.Length)];
                int length = Math.Min(seed.Length, buffer.Length);
                if (random.Next(3) == 0) length = random.Next(length + 1);
                octets = buffer.AsSpan(0, length);
                seed.AsSpan(0, length).CopyTo(octets);
                for (int changes = random.Next(4); changes > 0 && length > 0; changes--)
                    octets[random.Next(random.Next(2) == 0 ? length : Math.Min(length, 24))] = (byte)random.Next(256);
            }

            use(octets);
        }
    }

    private static void AddV6(List<byte[]> seeds, byte[] frame)
    {
        int transport = frame[20] == 0 ? 62 : 54;      // behind a hop-by-hop header of eight octets
        seeds.Add(frame[54..]);
        seeds.Add(frame[transport..]);
        if (frame.Length > transport + 8) seeds.Add(frame[(transport + 8)..]);      // address records
    }

    private static byte[][] Seeds()
    {
        List<byte[]> seeds = [];
        foreach (byte[] frame in SamplePackets.Frames)
        {
            seeds.Add(frame);
            if (frame.Length < 34) continue;
            seeds.Add(frame[14..]);
            if (frame[12] == 0x86 && frame[13] == 0xDD && frame.Length >= 54) AddSixth(seeds, frame);
            if (frame[12] == 0x86 && frame[13] == 0xDD && frame.Length > 62) AddV6(seeds, frame);
            int header = (frame[14] & 0xF) * 4;
            if (frame[12] != 8 || frame[13] != 0 || header < 20 || frame.Length < 14 + header) continue;
            seeds.Add(frame[34..(14 + header)]);                                   // IP options
            seeds.Add(frame[(14 + header)..]);
            if (frame[23] == 6 && frame.Length >= 34 + header) seeds.Add(frame[(34 + header)..]);        // TCP options
            if (frame[23] == 2) seeds.Add(frame[(14 + header)..]);      // again: they are few among so many
            if (frame[23] == 2 && frame.Length >= 22 + header) seeds.Add(frame[(22 + header)..]);        // group records
        }

        return [.. seeds];
    }

    // Messages and headers of IPv6, and the options of either.
    private static void AddSixth(List<byte[]> seeds, byte[] frame)
    {
        byte[] payload = frame[54..];
        if (frame.Length <= 62) seeds.Add(payload);
        if ((IpProtocol)frame[20] is IpProtocol.HopByHop or IpProtocol.DestinationOptions && payload.Length > 2) seeds.Add(payload[2..]);
        if ((IpProtocol)frame[20] != IpProtocol.Icmpv6 || payload.Length == 0) return;
        int options = (Icmpv6Type)payload[0] switch
        {
            Icmpv6Type.RouterSolicitation => Icmpv6Header.Length,
            Icmpv6Type.RouterAdvertisement => RouterAdvertisementHeader.Length,
            Icmpv6Type.NeighborSolicitation or Icmpv6Type.NeighborAdvertisement => NeighborHeader.Length,
            Icmpv6Type.Redirect => RedirectHeader.Length,
            _ => payload.Length,
        };
        if (options < payload.Length) seeds.Add(payload[options..]);
    }
}
