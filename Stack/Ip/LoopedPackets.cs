using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Link;

namespace UserNet.Ip;

/// <summary>Copies of what this host sent to a group or to all, on their way back to its own sockets; bounded.</summary>
/// <remarks>
/// They are delivered before the gate is left, after whatever was going on: a sender never runs into its receivers.
/// RFC 1112 §6.1. Gate held.
/// </remarks>
public sealed class LoopedPackets
{
    /// <summary>How many packets may wait.</summary>
    public const int Capacity = 1024;

    private readonly Queue<LoopedPacket> _waiting = new();

    /// <summary>How many packets wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Adds a packet behind the others; false when there is no room, and the packet is still the caller's.</summary>
    public bool TryAdd(in LoopedPacket packet)
    {
        if (_waiting.Count == Capacity) return false;
        _waiting.Enqueue(packet);
        return true;
    }

    /// <summary>Takes the oldest packet.</summary>
    public bool TryTake(out LoopedPacket packet) => _waiting.TryDequeue(out packet);
}

/// <summary>A packet that comes back.</summary>
/// <param name="Packet">All of it, from the IP header on.</param>
/// <param name="Port">The interface that it left by, and by which it seems to come.</param>
/// <param name="Role">Multicast or Broadcast.</param>
public readonly record struct LoopedPacket(PacketBuffer Packet, LinkPort Port, AddressRole Role);
