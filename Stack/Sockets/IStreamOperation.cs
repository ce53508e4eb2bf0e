namespace UserNet.Sockets;

/// <summary>A call that waits for a stream.</summary>
/// <remarks>Gate held.</remarks>
internal interface IStreamOperation
{
    /// <summary>Does what can be done now.</summary>
    /// <returns>True when the operation has ended with that.</returns>
    bool Progress(StreamChannel stream);
}
