using System.IO.Pipelines;
using System.Net.Sockets;
using UserNet.Buffers;
using UserNet.Core;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Udp;

namespace UserNet.Sockets;

/// <summary>
/// What a socket has once it is used for datagrams: what it has received, who waits for it, what it has under way, its
/// pending error and its options. Which protocol carries the datagrams does not matter here.
/// </summary>
/// <remarks>Gate held, but for what says otherwise.</remarks>
internal sealed partial class DatagramChannel(NetworkSocket socket, StackCore core) : SocketChannel(core), IPacketOwner, IWake
{
    private bool _willPump;
    private Errno _error;

    /// <summary>What was received and not yet read.</summary>
    public DatagramQueue Queue { get; } = new();

    /// <inheritdoc/>
    public override Errno Error => _error;

    /// <inheritdoc/>
    public override int Available => Queue.FirstLength;

    /// <summary>True when receiving was shut down: nobody waits for a datagram any more.</summary>
    public bool IsReceiveShut { get; private set; }

    /// <summary>True when sending was shut down.</summary>
    public bool IsSendShut { get; private set; }

    /// <summary>
    /// What is under way, in link queues or waiting for a neighbor, with the overhead that each packet is charged.
    /// </summary>
    public int SendCharge { get; private set; }

    /// <summary>
    /// True when another datagram may be sent: less than SO_SNDBUF is under way, and nobody else waits for room.
    /// </summary>
    public bool HasRoom => SendCharge < SendLimit;

    /// <summary>Takes a datagram in and gives it to who waits for one.</summary>
    /// <returns>None, SocketBufferFull.</returns>
    public DropReason Add(in DatagramInfo info, ReadOnlySpan<byte> payload)
    {
        if (!Queue.TryAdd(info, payload, ReceiveLimit - ErrorsHeld)) return DropReason.SocketBufferFull;
        Serve();
        if (IsWatched) NotifyPollers(ChannelEvents.Input);
        return DropReason.None;
    }

    /// <inheritdoc/>
    public override TimeSpan ReceiveTimeout { get; set; }

    /// <inheritdoc/>
    public override TimeSpan SendTimeout { get; set; }

    /// <inheritdoc/>
    public override void Serve()
    {
        while (HasReceivers && Receivers.First is ReceiveOperation operation)
        {
            if (Error != Errno.Success) operation.End(TransferResult.Failed(TakeError()));
            else if (Queue.Count > 0) operation.Take(Queue);
            else if (IsReceiveShut) operation.End(new TransferResult(0));
            else return;
        }
    }

    /// <inheritdoc/>
    public override Errno TakeError()
    {
        Errno error = _error;
        _error = Errno.Success;
        return error;
    }

    /// <summary>Something that was sent did not arrive: who waits, or the next call, is told.</summary>
    public void Fail(Errno error)
    {
        _error = error;
        Serve();
        Pump();
        NotifyPollers(ChannelEvents.Error);
    }

    /// <summary>Ends one direction or both.</summary>
    public void ShutDown(SocketShutdown how)
    {
        IsReceiveShut |= how != SocketShutdown.Send;
        IsSendShut |= how != SocketShutdown.Receive;
        Serve();
        Pump();
        NotifyPollers();
    }

    /// <inheritdoc/>
    public override void Close()
    {
        base.Close();
        Queue.Clear();
        _errors?.Clear();
    }

    /// <summary>Notes that a packet is under way, until it is released.</summary>
    public void Charge(PacketBuffer packet)
    {
        int charge = packet.Length + DatagramQueue.Overhead;
        (packet.Owner, packet.Charge) = (this, charge);
        SendCharge += charge;
    }

    /// <inheritdoc/>
    void IPacketOwner.OnPacketReleased(int charge)
    {
        SendCharge -= charge;
        if (HasSenders) Pump();
        if (IsWatched) NotifyPollers(ChannelEvents.Output);
    }

    /// <summary>
    /// Sends for those who wait. Not at once: a packet is released while others are being sent, and that may be inside
    /// of a send.
    /// </summary>
    public override void Pump()
    {
        if (_willPump || !HasSenders) return;
        _willPump = true;
        Core.Wake(this);
    }

    /// <summary>Goes on with sending. Outside the gate.</summary>
    void IWake.Wake(PipeScheduler scheduler)
    {
        using (Core.Enter())
        {
            _willPump = false;
            while (HasSenders && Senders.First is SendOperation operation)
            {
                TransferResult result = socket.Transmit(operation.Octets, operation.Destination, operation.Flags);
                if (result.WouldWait) return;
                operation.End(result);
            }
        }
    }
}
