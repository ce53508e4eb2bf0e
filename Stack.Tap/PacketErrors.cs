using UserNet.Errors;
using UserNet.Tap.Native;

namespace UserNet.Tap;

/// <summary>What a packet socket's errors mean for the frame that met them.</summary>
internal static class PacketErrors
{
    /// <summary>True when no waiting would get the frame out; else what is to be waited for, or nothing to try again at once.</summary>
    public static bool IsRefusal(int errno, out Device.SendObstacle obstacle)
    {
        obstacle = (Errno)errno switch
        {
            Errno.EINTR => Device.SendObstacle.None,
            Errno.EAGAIN => Device.SendObstacle.UntilWritable,
            Errno.ENOBUFS or Errno.ENOMEM => Device.SendObstacle.Busy,
            Errno.ENETDOWN or Errno.ENODEV => Device.SendObstacle.Down,
            _ when errno == ErrorNumbers.NoSuchDeviceOrAddress => Device.SendObstacle.Down,    // being deleted: the reader notices
            _ => Device.SendObstacle.None,
        };
        return obstacle == Device.SendObstacle.None && (Errno)errno != Errno.EINTR;
    }
}
