namespace UserNet.Tap;

/// <summary>What passed a device since it was opened.</summary>
/// <param name="FramesReceived">Frames given to the sink; one that stands for many segments is one.</param>
/// <param name="OctetsReceived">Their octets.</param>
/// <param name="FramesSent">Frames the kernel took.</param>
/// <param name="OctetsSent">Their octets.</param>
/// <param name="FramesRefused">
/// Frames that no waiting would have got out, and that were dropped: too long for the interface, or malformed for a TUN.
/// </param>
/// <param name="FramesCutShort">Frames that came too long for the device's room, and were dropped.</param>
/// <param name="KernelDropped">
/// Frames the kernel dropped since the ring was full (packet: and pcap:). A TAP's and TUN's are in the
/// interface's own statistics: <c>ip -s link</c>, TX dropped.
/// </param>
/// <param name="Waits">How often sending had to wait: the interface was down, or the kernel had no room.</param>
public readonly record struct DeviceCounters(
    long FramesReceived, long OctetsReceived, long FramesSent, long OctetsSent,
    long FramesRefused, long FramesCutShort, long KernelDropped, long Waits);
