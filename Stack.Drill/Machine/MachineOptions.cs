using UserNet.Drill.Language;

namespace UserNet.Drill.Machine;

/// <summary>What a machine is made for.</summary>
/// <param name="Profile">Whose manners its stack has.</param>
/// <param name="IpVersion">Over which version of IP, and by which family of sockets.</param>
/// <param name="Addresses">Those of its ends.</param>
/// <param name="Mtu">The largest IP packet of its wire, octets.</param>
/// <param name="Seed">Where chance begins.</param>
/// <param name="Recording">Where its packets are recorded, pcapng; null for nowhere.</param>
/// <param name="Merged">Octets in each segment of a packet of the peer's that is larger, which its link made of many; 0 for none.</param>
/// <param name="TickPhase">The phase of a <see cref="TickingClock"/>, microseconds; null for timers that fire at their instants.</param>
/// <param name="TicksAreCoarse">As <see cref="TickingClock"/> says.</param>
internal sealed record MachineOptions(
    DrillProfile Profile, DrillIpVersion IpVersion, DrillAddresses Addresses, int Mtu, int Seed, Stream? Recording, int Merged = 0, long? TickPhase = null, bool TicksAreCoarse = false);
