using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Link;
using UserNet.Tap;

namespace UserNet.Samples.TapHost;

/// <summary>Reads the command line, runs the host, and answers with an exit code.</summary>
public static class CommandLine
{
    /// <summary>The host ran, and was told to stop.</summary>
    public const int Success = 0;
    /// <summary>The device could not be opened, or was lost; or answers in a replay differ.</summary>
    public const int Failure = 1;
    /// <summary>Arguments can't be read.</summary>
    public const int Malformed = 2;

    private static readonly Option<string?> Tap = new("--tap")
    { Description = "The TAP device to attach to; the same as --device tap:NAME.", HelpName = "NAME" };

    private static readonly Option<string?> Device = new("--device")
    { Description = "The device: tap:NAME, tun:NAME, packet:IF or pcap:IF.", HelpName = "KIND:NAME" };

    private static readonly Option<HostAddress[]> Addresses = new("--address")
    {
        Description = "An address of the host and its prefix length, as in 10.9.0.2/24 or 2001:db8::2/64; may be given more than once.",
        HelpName = "A/N",
        CustomParser = static result => [.. result.Tokens.Select(token => ReadAddress(token.Value, result))],
    };

    private static readonly Option<InetAddress[]> Gateways = new("--gateway")
    {
        Description = "The router for all that is not on the link; one of each family may be given, as in 10.9.0.1 and fe80::1.",
        HelpName = "A",
        CustomParser = static result =>
        {
            InetAddress[] gateways = [.. result.Tokens.Select(token => ReadGateway(token.Value, result))];
            if (gateways.Count(static one => one.IsV6) > 1 || gateways.Count(static one => !one.IsV6) > 1) result.AddError("--gateway: one of each family.");
            return gateways;
        },
    };

    private static readonly Option<bool> Slaac = new("--slaac")
    { Description = "Has IPv6 addresses and routers as the routers of the link advertise them (RFC 4862); each is printed once it is usable." };

    private static readonly Option<MacAddress?> Mac = new("--mac")
    {
        Description = "The station address; without it, one is drawn.",
        HelpName = "M",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (MacAddress.TryParse(text, out MacAddress address) && !address.IsMulticast) return address;
            result.AddError($"--mac {text}: not the address of one station; as in 02:00:00:00:00:01.");
            return null;
        },
    };

    private static readonly Option<string?> Pcap = new("--pcap")
    { Description = "Records every frame, with the reason of each drop, as pcapng; of a replay, too.", HelpName = "FILE" };

    private static readonly Option<string?> Replay = new("--replay")
    {
        Description = "Instead of a device: feeds the host what a recording has, in virtual time, and compares its answers with the recorded ones. "
            + "Give it the options that it was recorded with.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Exact = new("--exact")
    { Description = "With --replay: every octet has to be as recorded; else what is said has to be." };

    private static readonly Option<int?> Seed = new("--seed")
    {
        Description = "Where chance begins; without it, the machine's own.",
        HelpName = "N",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seed)) return seed;
            result.AddError($"--seed {text}: not a number from {int.MinValue} to {int.MaxValue}.");
            return null;
        },
    };

    private static readonly Option<ConflictDetection> Conflicts = new("--conflicts")
    {
        Description = "What is done lest somebody else have an IPv4 address (RFC 5227): announce tells all that it is here; probe asks first, "
            + "which takes four to nine seconds; none does neither. IPv6 addresses are asked for first, which takes a second or two, but with none.",
        HelpName = "announce|probe|none",
        DefaultValueFactory = static _ => ConflictDetection.Announce,
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            switch (text)
            {
                case "announce": return ConflictDetection.Announce;
                case "probe": return ConflictDetection.Probe;
                case "none": return ConflictDetection.None;
            }

            result.AddError($"--conflicts {text}: announce, probe or none.");
            return default;
        },
    };

    private static readonly Option<bool> Quiet = new("--quiet") { Description = "Shows no counters while it runs." };

    /// <summary>Runs the program.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var root = new RootCommand(
            "A host of UserNet on a device: answers ping, serves echo (7), discard (9), daytime (13) and chargen (19) over TCP and UDP, "
            + "and a page by HTTP on port 80, over IPv4 and IPv6.")
        { Tap, Device, Addresses, Gateways, Slaac, Mac, Conflicts, Pcap, Seed, Quiet, Replay, Exact };
        root.Validators.Add(static result =>
        {
            string?[] given = [result.GetValue(Tap), result.GetValue(Device), result.GetValue(Replay)];
            if (given.Count(static one => one is not null) != 1) result.AddError("Give either --tap NAME or --device KIND:NAME, or --replay FILE.");
            if (result.GetResult(Addresses) is null && !result.GetValue(Slaac)) result.AddError("Give an --address A/N, or --slaac.");
            if (given[2] is null && result.GetValue(Exact)) result.AddError("--exact goes with --replay FILE.");
        });
        root.SetAction(parsed => ActAsync(Read(parsed), output, errors));
        ParseResult result = root.Parse(arguments);
        if (result.Errors.Count == 0)
            return await result.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, ProcessTerminationTimeout = null });
        foreach (ParseError error in result.Errors) await errors.WriteLineAsync(error.Message);
        return Malformed;
    }

    private static async Task<int> ActAsync(HostOptions options, TextWriter output, TextWriter errors)
    {
        try
        {
            if (options.Replay is not null) return ReplayHost.Run(options, output) ? Success : Failure;
            await Host.RunAsync(options, output);
            return Success;
        }
        catch (DeviceException e) when (e.Error is DeviceError.BadSpec or DeviceError.BadName)
        {
            await errors.WriteLineAsync(e.Message);
            return Malformed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            await errors.WriteLineAsync(e.Message);
            return Failure;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            await errors.WriteLineAsync(SentenceOf(e));
            return Malformed;
        }
    }

    /// <summary>The message without the name of a parameter, which says nothing to who typed a command.</summary>
    private static string SentenceOf(Exception e) => e is ArgumentException { ParamName: { } name }
        ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : e.Message;

    private static HostAddress ReadAddress(string text, ArgumentResult result)
    {
        if (!HostAddress.TryParse(text, out HostAddress address))
            result.AddError($"--address {text}: not an address with its prefix length; as in 10.9.0.2/24 or 2001:db8::2/64.");
        return address;
    }

    private static InetAddress ReadGateway(string text, ArgumentResult result)
    {
        if (!InetAddress.TryParse(text, out InetAddress address)) result.AddError($"--gateway {text}: not an address; as in 10.9.0.1 or fe80::1.");
        return address;
    }

    private static InetAddress? GatewayOf(ParseResult parsed, bool isV6)
    {
        foreach (InetAddress one in parsed.GetValue(Gateways) ?? [])
            if (one.IsV6 == isV6) return one;
        return null;
    }

    private static HostOptions Read(ParseResult parsed) => new(
        parsed.GetValue(Device) ?? $"tap:{parsed.GetValue(Tap)}", parsed.GetValue(Addresses) ?? [], GatewayOf(parsed, isV6: false), GatewayOf(parsed, isV6: true),
        parsed.GetValue(Slaac), parsed.GetValue(Mac), parsed.GetValue(Conflicts), parsed.GetValue(Pcap), parsed.GetValue(Seed), ShowsCounters: !parsed.GetValue(Quiet),
        parsed.GetValue(Replay), parsed.GetValue(Exact));
}
