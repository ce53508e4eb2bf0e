using UserNet.Addressing;

namespace UserNet.Samples.TapHost;

/// <summary>What the command line said.</summary>
/// <param name="Device">The device, as in tap:tap0.</param>
/// <param name="Addresses">The host's addresses with their prefix lengths.</param>
/// <param name="Gateway">The router for everything else, or null.</param>
/// <param name="Mac">The station address, or null for one of the host's own choosing.</param>
/// <param name="Capture">Where frames are recorded, or null.</param>
/// <param name="Seed">Where chance begins; null for the machine's own.</param>
/// <param name="ShowsCounters">True to show counters while it runs.</param>
public sealed record HostOptions(
    string Device, string[] Addresses, string? Gateway, MacAddress? Mac, string? Capture, int? Seed, bool ShowsCounters);
